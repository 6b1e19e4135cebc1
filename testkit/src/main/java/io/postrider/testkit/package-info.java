/** What tests of several modules share. Start at {@link io.postrider.testkit.Fixtures}. */
@NullMarked
package io.postrider.testkit;

import org.jspecify.annotations.NullMarked;
