package io.postrider.delivery.smtp;

import java.util.Optional;

/**
 * Why a connection is of no more use.
 *
 * @param reason in words, of the peer or the network
 * @param reply the reply that the peer hung up with, or sent out of turn
 * @param certificateRefused whether we hung up over the peer's certificate
 */
record Loss(String reason, Optional<ServerReply> reply, boolean certificateRefused) {
    Loss(String reason, Optional<ServerReply> reply) {
        this(reason, reply, false);
    }

    static Loss of(String reason) {
        return new Loss(reason, Optional.empty());
    }
}
