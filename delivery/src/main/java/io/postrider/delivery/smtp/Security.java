package io.postrider.delivery.smtp;

import java.time.Duration;
import java.util.Optional;

/**
 * How a connection is secured.
 *
 * @param tls protocol and cipher; empty for clear text
 * @param certificateProblem what a verification would have refused the certificate for
 * @param handshake how long that took
 */
record Security(String tls, Optional<String> certificateProblem, Duration handshake) {
    static final Security NONE = new Security("", Optional.empty(), Duration.ZERO);

    boolean isTls() {
        return !tls.isEmpty();
    }
}
