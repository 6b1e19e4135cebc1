package io.postrider.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * One SMTP try for one recipient.
 *
 * @param at when it began
 * @param route the hop, as {@code relay:ses}
 * @param source the local address it went out from; empty when no connection came about
 * @param mx the host and port of the peer
 * @param tls protocol and cipher, as {@code TLSv1.3 TLS_AES_128_GCM_SHA256}; empty for clear text
 * @param duration from the start of the transaction to its outcome
 * @param talk the SMTP talk, line by line, {@code > } for ours and {@code < } for the peer's; message data and passwords left out
 */
public record Attempt(
        Instant at,
        String route,
        String source,
        String mx,
        String tls,
        DeliveryOutcome outcome,
        Duration duration,
        List<String> talk) {
    public Attempt {
        talk = List.copyOf(talk);
    }

    /** The bare facts: when, which way, and what came of it, but no text that came from outside. */
    public Attempt withoutWords() {
        return new Attempt(at, route, "", "", "", outcome.withoutWords(), duration, List.of());
    }
}
