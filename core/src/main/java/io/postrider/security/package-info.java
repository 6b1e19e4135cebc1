/** Secrets at rest and passwords. Start at {@link io.postrider.security.SecretBox}. */
@NullMarked
package io.postrider.security;

import org.jspecify.annotations.NullMarked;
