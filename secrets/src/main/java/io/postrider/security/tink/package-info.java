/** Encryption at rest with Tink. Start at {@link io.postrider.security.tink.TinkSecretBox}. */
@NullMarked
package io.postrider.security.tink;

import org.jspecify.annotations.NullMarked;
