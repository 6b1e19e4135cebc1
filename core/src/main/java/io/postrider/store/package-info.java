/** What all store ports share: pages, and the error of a store that does not answer. */
@NullMarked
package io.postrider.store;

import org.jspecify.annotations.NullMarked;
