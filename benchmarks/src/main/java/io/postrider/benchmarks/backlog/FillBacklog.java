package io.postrider.benchmarks.backlog;

import io.postrider.bridge.AcceptedMail;
import io.postrider.delivery.Lane;
import io.postrider.dispatch.BacklogId;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.queue.BacklogJournal;
import io.postrider.queue.EmbeddedBroker;
import io.postrider.route.Hop;
import io.postrider.security.SecretBox;
import io.postrider.store.sql.SqlStore;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.mail.MessagingException;

/**
 * Puts mails for the relay "dead" to rest in the home of a node that does not run, by the product's own classes, as if the node had done so: {@code HOME MAILS
 * OCTETS}. Run by backlog.py.
 */
public final class FillBacklog {
    private static final int WRITERS = 64;
    private static final int BATCH = 2_000;
    private static final Duration TTL = Duration.ofDays(1);
    private static final BacklogId BACKLOG = new BacklogId(new Lane(new Hop.ViaRelay("dead"), ""), "retry");
    private static final SecretBox NO_SECRETS = new SecretBox() {
        @Override
        public byte[] encrypt(byte[] secret, String context) {
            throw new UnsupportedOperationException("no secret is written");
        }

        @Override
        public byte[] decrypt(byte[] sealed, String context) {
            throw new UnsupportedOperationException("no secret is read");
        }
    };

    private FillBacklog() {}

    /** Runs it. */
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        int mails = Integer.parseInt(arguments[1]);
        byte[] content = content(Integer.parseInt(arguments[2]));
        BlockingQueue<List<Change>> changes = new ArrayBlockingQueue<>(10_000);
        EmbeddedBroker broker = EmbeddedBroker.start(
                "fill",
                home.resolve("queue"),
                new EmbeddedBroker.Settings(32 << 20, Duration.ofSeconds(5), 64L << 20, 1000));
        try (BacklogJournal journal =
                        BacklogJournal.open(home.resolve("queue/backlog"), 32 << 20, broker, Clock.systemUTC());
                SqlStore store = SqlStore.open(home.resolve("db/postrider.db"), NO_SECRETS)) {
            AtomicInteger next = new AtomicInteger();
            for (int i = 0; i < WRITERS; i++) {
                int seed = i;
                Thread writer = new Thread(() -> write(journal, next, mails, content, seed, changes));
                writer.setDaemon(true);
                writer.setUncaughtExceptionHandler((failed, e) -> {
                    System.err.println("FillBacklog: " + failed.getName() + " has failed: " + e);
                    System.exit(1);
                });
                writer.start();
            }
            List<Change> batch = new ArrayList<>();
            for (int recorded = 0; recorded < mails; recorded++) {
                batch.addAll(changes.take());
                if (batch.size() >= BATCH || recorded == mails - 1) {
                    store.messageLog().append(batch);
                    batch.clear();
                }
            }
        } finally {
            broker.close();
        }
    }

    private static void write(
            BacklogJournal journal,
            AtomicInteger next,
            int mails,
            byte[] content,
            int seed,
            BlockingQueue<List<Change>> changes) {
        SplittableRandom random = new SplittableRandom(seed);
        try {
            for (int number = next.getAndIncrement(); number < mails; number = next.getAndIncrement()) {
                Instant now = Instant.now();
                MessageId message = MessageId.at(now, random);
                EntryId entry = new EntryId(MessageId.at(now, random).value());
                EmailAddress recipient = EmailAddress.parse("user" + number + "@dead.test");
                Instant until = now.plus(TTL);
                AcceptedMessage accepted = new AcceptedMessage(
                        message,
                        "default",
                        "transactional",
                        "default",
                        Optional.of(EmailAddress.parse("app@postrider.example")),
                        "hello",
                        content.length,
                        now,
                        List.of(recipient));
                journal.put(BACKLOG, entry, message, AcceptedMail.encode(accepted, content), until);
                changes.put(List.of(
                        new Change.Accepted(accepted),
                        new Change.Step(
                                message,
                                recipient,
                                DeliveryState.DEFERRED,
                                0,
                                Optional.empty(),
                                Optional.of(until),
                                Optional.of(entry),
                                "relay:dead: 127.0.0.1 did not answer a short while ago; no attempt was made, the next"
                                        + " comes when it has room, by " + until,
                                now)));
            }
        } catch (InterruptedException | MessagingException e) {
            throw new IllegalStateException("an entry cannot be written", e);
        }
    }

    private static byte[] content(int octets) {
        StringBuilder text = new StringBuilder("From: app@postrider.example\r\nSubject: hello\r\n\r\n");
        while (text.length() < octets) {
            text.append("A line of a mail that nobody takes, sixty-two octets with its\r\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
