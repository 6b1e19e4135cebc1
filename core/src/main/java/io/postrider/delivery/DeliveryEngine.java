package io.postrider.delivery;

import io.postrider.dsn.EnvelopeRequest;
import io.postrider.dsn.RecipientRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Hands mail to next hops. Does not block, does not throw for what a peer does, keeps no more than it was given. */
public interface DeliveryEngine {
    /**
     * Attempts a transaction for each addressee, one for all where their return paths are the same. The listener hears of each addressee exactly once,
     * from any thread.
     */
    void deliver(Consignment consignment, Listener listener);

    /**
     * A message on its way to one hop.
     *
     * @param id for the log and the talk
     * @param content parts of the message in order, CRLF line ends, not dot-stuffed; read-only, and read by nobody else at the same time
     * @param reports what is wanted of reports, for a hop that offers DSN
     * @param urgent whether addresses are tried that did not answer a short while ago
     * @param tenant whose message it is: tenants take turns where mail waits
     */
    record Consignment(
            String id,
            Hop hop,
            List<Addressee> addressees,
            List<ByteBuffer> content,
            EnvelopeRequest reports,
            boolean urgent,
            String tenant) {
        public Consignment {
            addressees = List.copyOf(addressees);
            content = List.copyOf(content);
        }

        /** A message that is like others. */
        public Consignment(
                String id, Hop hop, List<Addressee> addressees, List<ByteBuffer> content, EnvelopeRequest reports) {
            this(id, hop, addressees, content, reports, false, "");
        }

        /** A message whose reports may be as the hop likes. */
        public Consignment(String id, Hop hop, List<Addressee> addressees, List<ByteBuffer> content) {
            this(id, hop, addressees, content, EnvelopeRequest.NONE);
        }

        /** The size of the message in bytes. */
        public long size() {
            return content.stream().mapToLong(ByteBuffer::remaining).sum();
        }
    }

    /**
     * A recipient and the reverse-path of its transaction; none is the null reverse-path.
     *
     * @param reports what is wanted of reports, for a hop that offers DSN
     */
    record Addressee(EmailAddress recipient, Optional<EmailAddress> returnPath, RecipientRequest reports) {
        /** A recipient whose reports may be as the hop likes. */
        public Addressee(EmailAddress recipient, Optional<EmailAddress> returnPath) {
            this(recipient, returnPath, RecipientRequest.NONE);
        }
    }

    /**
     * What waits for a connection of a lane.
     *
     * @param transactions how many
     * @param bytes of their messages
     * @param longest how long the first of them has waited
     */
    record Load(int transactions, long bytes, Duration longest) {}

    /** Hears what became of a consignment. */
    interface Listener {
        /** An attempt was made, and this came of it. */
        void attempted(EmailAddress recipient, Attempt attempt);

        /** No attempt was made, as the hop was busy for too long: it goes back to the queue and counts as no attempt. */
        void postponed(EmailAddress recipient, String reason);

        /** Whether one more transaction may wait in a lane where others wait; if not, {@link #noRoom} follows. */
        default boolean mayWait(Lane lane, Load load) {
            return true;
        }

        /** Whether a transaction that waits in a lane may go on waiting; if not, {@link #noRoom} follows. Asked about once a second. */
        default boolean mayStay(Lane lane, Load load) {
            return true;
        }

        /** No attempt was made, as others wait for the same lane. */
        default void noRoom(EmailAddress recipient, Lane lane, String reason) {
            postponed(recipient, reason);
        }

        /**
         * No attempt was made, as nobody answers at the end of the lane.
         *
         * @param until nobody is asked before that
         * @param instead the attempt that it counts as, where it counts as one
         */
        default void closed(EmailAddress recipient, Lane lane, Instant until, Attempt instead) {
            attempted(recipient, instead);
        }

        /** No attempt was made, as the hop takes no 8-bit content: it comes back to be encoded, and nothing is busy. */
        default void toBeEncoded(EmailAddress recipient, String reason) {
            postponed(recipient, reason);
        }
    }
}
