package io.postrider.benchmarks.jmh;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome.Delivered;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.mail.SmtpReply;
import io.postrider.security.tink.TinkSecretBox;
import io.postrider.store.sql.SqlStore;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Appends mails that are accepted and delivered to the message log in its file, on disk as in the server. An operation is one mail, whatever the batch that it is
 * written in.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 5)
@Measurement(iterations = 3, time = 3)
@Fork(1)
public class LogAppend {
    private static final Instant START = Instant.parse("2026-11-25T10:00:00Z");
    private static final List<EmailAddress> SENDERS = IntStream.range(0, 10)
            .mapToObj(i -> new EmailAddress("shop" + i, "sender.example"))
            .toList();
    private static final List<EmailAddress> RECIPIENTS = IntStream.range(0, 50_000)
            .mapToObj(
                    i -> new EmailAddress("r" + Integer.toString(i * 31 % 50_000, 36), "d" + i % 1000 + ".example.com"))
            .toList();

    /** Mails in a transaction. */
    @Param({"1", "20", "100", "500"})
    public int batch;

    private final SplittableRandom random = new SplittableRandom(7);
    private final List<Change> accepted = new ArrayList<>();
    private final List<Change> delivered = new ArrayList<>();
    private Path folder = Path.of("");
    private SqlStore store;
    private long made;

    /** Makes an empty store. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        folder = Files.createTempDirectory("postrider-log-append");
        store = SqlStore.open(folder.resolve("postrider.db"), TinkSecretBox.open(folder.resolve("master-key")));
    }

    /** Removes it. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        store.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Acceptance and outcome of a mail come to the disk together. */
    @Benchmark
    public void together() {
        makeMail();
        if (accepted.size() == batch) {
            List<Change> all = new ArrayList<>(accepted);
            all.addAll(delivered);
            store.messageLog().append(all);
            accepted.clear();
            delivered.clear();
        }
    }

    /** The outcomes come to the disk in the transaction after that of their acceptances. */
    @Benchmark
    public void apart() {
        makeMail();
        if (accepted.size() == batch) {
            store.messageLog().append(accepted);
            store.messageLog().append(delivered);
            accepted.clear();
            delivered.clear();
        }
    }

    private void makeMail() {
        long number = made++;
        Instant at = START.plusMillis(number / 3);
        MessageId id = MessageId.at(at, random);
        EmailAddress sender = SENDERS.get((int) (number % SENDERS.size()));
        EmailAddress recipient = RECIPIENTS.get(random.nextInt(RECIPIENTS.size()));
        accepted.add(new Change.Accepted(new AcceptedMessage(
                id,
                "default",
                "transactional",
                "app-1",
                Optional.of(sender),
                "Your receipt of order " + number,
                4096,
                at,
                List.of(recipient))));
        delivered.add(new Change.Step(
                id,
                recipient,
                DeliveryState.DELIVERED,
                1,
                Optional.of(attempt(sender, recipient, number, at)),
                Optional.empty(),
                Optional.empty(),
                "delivered: 250 2.0.0 OK queued as 4bXyZ" + number,
                at.plusMillis(12)));
    }

    private static Attempt attempt(EmailAddress sender, EmailAddress recipient, long number, Instant at) {
        String reply = "2.0.0 OK queued as 4bXyZ" + number;
        return new Attempt(
                at,
                "relay:ses",
                "192.0.2.7",
                "smtp.example.com:587",
                "",
                "TLSv1.3 TLS_AES_128_GCM_SHA256",
                new Attempt.Connection(
                        "192.0.2.25", Optional.empty(), Duration.ZERO, Duration.ZERO, Duration.ofMillis(9)),
                new Delivered(new SmtpReply(250, reply)),
                Duration.ofMillis(10),
                List.of(
                        "> MAIL FROM:<b+" + number + "=4fk2@bounce." + sender.domain() + "> SIZE=4404 BODY=8BITMIME",
                        "< 250 2.1.0 OK",
                        "> RCPT TO:<" + recipient + ">",
                        "< 250 2.1.5 OK",
                        "> DATA",
                        "< 354 End data with <CR><LF>.<CR><LF>",
                        "> (4404 bytes)",
                        "< 250 " + reply));
    }
}
