/** Signatures by <a href="https://datatracker.ietf.org/doc/html/rfc6376">RFC 6376</a> and their keys. Start at {@link io.postrider.dkim.DkimSigner}. */
@NullMarked
package io.postrider.dkim;

import org.jspecify.annotations.NullMarked;
