/** Amazon Corretto Crypto Provider. Start at {@link io.postrider.security.corretto.CorrettoCrypto}. */
@NullMarked
package io.postrider.security.corretto;

import org.jspecify.annotations.NullMarked;
