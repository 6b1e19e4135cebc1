/**
 * Password hashes and certificates with Bouncy Castle. Start at {@link io.postrider.security.bouncycastle.Argon2PasswordHasher} and
 * {@link io.postrider.security.bouncycastle.SelfSignedCertificate}.
 */
@NullMarked
package io.postrider.security.bouncycastle;

import org.jspecify.annotations.NullMarked;
