package io.postrider.delivery;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One SMTP try for one recipient.
 *
 * @param at when it began
 * @param route the hop, as {@code relay:ses}
 * @param source the local address it went out from; empty when no connection came about
 * @param mx the host and port of the peer
 * @param site the names of all mail servers of the recipient's domain, in alphabetical order with commas between them; empty where we did not look
 * @param tls protocol and cipher, as {@code TLSv1.3 TLS_AES_128_GCM_SHA256}; empty for clear text
 * @param connection what else there is to say of the connection
 * @param duration from the start of the try to its outcome
 * @param talk the SMTP talk, line by line, {@code > } for ours and {@code < } for the peer's; message data and passwords left out
 */
public record Attempt(
        Instant at,
        String route,
        String source,
        String mx,
        String site,
        String tls,
        Connection connection,
        DeliveryOutcome outcome,
        Duration duration,
        List<String> talk) {

    /**
     * The connection of a try. What a kept connection has behind it takes no time again.
     *
     * @param address the IP address of the peer; empty when no connection came about
     * @param certificateProblem what was wrong with the certificate of the peer, where TLS went on all the same
     * @param connect until there was a TCP connection, the lookup of its name included
     * @param handshake of TLS
     * @param transaction from MAIL to the outcome
     */
    public record Connection(
            String address,
            Optional<String> certificateProblem,
            Duration connect,
            Duration handshake,
            Duration transaction) {
        /** There was none. */
        public static final Connection NONE =
                new Connection("", Optional.empty(), Duration.ZERO, Duration.ZERO, Duration.ZERO);

        /** The durations alone. */
        Connection withoutWords() {
            return new Connection("", Optional.empty(), connect, handshake, transaction);
        }
    }

    public Attempt {
        talk = List.copyOf(talk);
    }

    /** A try of whose connection no more is known. */
    public Attempt(
            Instant at,
            String route,
            String source,
            String mx,
            String tls,
            DeliveryOutcome outcome,
            Duration duration,
            List<String> talk) {
        this(at, route, source, mx, "", tls, Connection.NONE, outcome, duration, talk);
    }

    /** The bare facts: when, which way, and what came of it, but no text that came from outside. */
    public Attempt withoutWords() {
        return new Attempt(
                at, route, "", "", "", "", connection.withoutWords(), outcome.withoutWords(), duration, List.of());
    }
}
