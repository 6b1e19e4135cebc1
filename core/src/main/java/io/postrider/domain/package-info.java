/** Sending domains, their keys, and who may send in their name. Start at {@link io.postrider.domain.SendingDomains}. */
@NullMarked
package io.postrider.domain;

import org.jspecify.annotations.NullMarked;
