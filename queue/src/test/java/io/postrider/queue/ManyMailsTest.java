package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.dispatch.Queues.Entry;
import io.postrider.dispatch.Queues.State;
import io.postrider.store.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.james.metrics.api.NoopGaugeRegistry;
import org.apache.james.metrics.tests.RecordingMetricFactory;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueIterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What an admin does to a queue that holds far more than the broker keeps in memory. {@code -Dqueue.mails=1000000} makes it a measurement: see
 * docs/operate/queues.md.
 */
class ManyMailsTest {
    private static final int MAILS = Integer.getInteger("queue.mails", 5_000);
    private static final Path FIGURES = Path.of("target", "many-mails.txt");
    private static final int BATCH = 500;
    private static final Duration LONG = Duration.ofHours(10);
    private static final long MEMORY_OF_THE_BROKER = 2L << 20;

    @RegisterExtension
    final QueueExtension queues = new QueueExtension(MEMORY_OF_THE_BROKER);

    private BrokerMailQueueFactory factory;
    private ManageableMailQueue queue;

    @BeforeEach
    void createQueue() {
        factory = queues.factory(new RecordingMetricFactory(), new NoopGaugeRegistry());
        queue = factory.createQueue(MailQueueFactory.SPOOL);
    }

    @AfterEach
    void closeFactory() {
        factory.close();
    }

    private static <T> T timed(String what, Callable<T> action) throws Exception {
        long start = System.nanoTime();
        T result = action.call();
        Runtime runtime = Runtime.getRuntime();
        String line = "%s of %d mails: %d ms; heap in use %d MiB%n"
                .formatted(
                        what,
                        MAILS,
                        (System.nanoTime() - start) / 1_000_000,
                        (runtime.totalMemory() - runtime.freeMemory()) >> 20);
        Files.writeString(FIGURES, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return result;
    }

    private static String sender(int i) {
        return (i % 100 == 0 ? "rare" : "frequent") + "@sender.example";
    }

    private void fillTurn() throws Exception {
        Transactions transactions = new Transactions(queues.broker());
        timed("to write in turn", () -> {
            for (int from = 0; from < MAILS; from += BATCH) {
                transactions.write(IntStream.range(from, Math.min(MAILS, from + BATCH))
                        .mapToObj(i -> outgoing(i, Optional.empty()))
                        .toList());
            }
            return MAILS;
        });
    }

    private void fillTime() throws Exception {
        TimeEntries time =
                queues.entries().queue(MailQueueFactory.SPOOL.asString()).time();
        Instant now = Clock.systemUTC().instant();
        int writers = 16;
        CountDownLatch written = new CountDownLatch(writers);
        timed("to write for later", () -> {
            for (int writer = 0; writer < writers; writer++) {
                int first = writer;
                Thread thread = new Thread(() -> {
                    try {
                        for (int i = first; i < MAILS; i += writers) {
                            // Half of them due at about the same time, the rest over a day.
                            Duration delay = i % 2 == 0 ? LONG : LONG.plusSeconds(i % 86_400);
                            time.put(outgoing(i, Optional.of(now.plus(delay))));
                        }
                        written.countDown();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                });
                thread.start();
            }
            written.await();
            return MAILS;
        });
    }

    private static EntryMessage.Outgoing outgoing(int i, Optional<Instant> due) {
        try {
            return new EntryMessage.Outgoing(
                    "spool",
                    UUID.randomUUID().toString(),
                    "",
                    "run",
                    Clock.systemUTC().instant(),
                    4,
                    due,
                    io.postrider.bridge.MailCodec.encode(
                            TestMails.plain("mail-" + i, sender(i), "to-" + i + "@example.com")));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private int browsed() throws Exception {
        MailQueueIterator iterator = queue.browse();
        Set<String> names = new HashSet<>();
        while (iterator.hasNext()) {
            names.add(iterator.next().getMail().getName());
        }
        return names.size();
    }

    private int listed(Optional<State> state) {
        Set<String> ids = new HashSet<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<Entry> page = factory.entries("spool", state, 1000, cursor).orElseThrow();
            page.items().forEach(entry -> ids.add(entry.id()));
            cursor = page.nextCursor();
        } while (cursor.isPresent());
        return ids.size();
    }

    @Test
    void whatWaitsForItsTurnShouldBeSeenAndRemovedToTheLastOne() throws Exception {
        fillTurn();

        assertThat(timed("size", queue::getSize)).isEqualTo(MAILS);
        assertThat(timed("browse", this::browsed)).isEqualTo(MAILS);
        assertThat(timed("list", () -> listed(Optional.empty()))).isEqualTo(MAILS);
        assertThat(timed("status", () -> factory.find("spool").orElseThrow().oldest()))
                .isPresent();
        assertThat(timed(
                        "remove by sender", () -> queue.remove(ManageableMailQueue.Type.Sender, "rare@sender.example")))
                .isEqualTo(MAILS / 100);
        assertThat(queue.getSize()).isEqualTo(MAILS - MAILS / 100);
        assertThat(timed("clear", queue::clear)).isEqualTo(MAILS - MAILS / 100);
        assertThat(queue.getSize()).isZero();
        assertThat(browsed()).isZero();
    }

    @Test
    void whatIsLeftShouldBeTakenAfterARemovalAndTheNextShouldComeFromMemory() throws Exception {
        fillTurn();
        queue.enQueue(TestMails.plain("last"));
        queue.remove(ManageableMailQueue.Type.Sender, "frequent@sender.example");

        Taker taker = Taker.of(queue);
        assertThat(taker.takeNames(MAILS / 100)).doesNotHaveDuplicates().contains("mail-0", "mail-100");
        assertThat(taker.takeNames(1)).containsExactly("last");
        queue.enQueue(TestMails.plain("next"));

        assertThat(taker.takeNames(1)).containsExactly("next");
        assertThat(queues.pendingInBroker()).isZero();
    }

    @Test
    void whatWaitsForItsTimeShouldBeSeenAndBroughtForwardToTheLastOne() throws Exception {
        fillTime();

        assertThat(timed("size", queue::getSize)).isEqualTo(MAILS);
        assertThat(timed("browse", this::browsed)).isEqualTo(MAILS);
        assertThat(timed("list", () -> listed(Optional.of(State.DELAYED)))).isEqualTo(MAILS);
        assertThat(timed(
                        "remove by sender", () -> queue.remove(ManageableMailQueue.Type.Sender, "rare@sender.example")))
                .isEqualTo(MAILS / 100);
        restart();
        assertThat(queue.getSize()).isEqualTo(MAILS - MAILS / 100);
        assertThat(timed("flush", queue::flush)).isEqualTo(MAILS - MAILS / 100);
        assertThat(factory.find("spool").orElseThrow().delayed()).isZero();
        assertThat(timed("take", () -> Taker.of(queue).takeNames(MAILS - MAILS / 100)))
                .doesNotHaveDuplicates();
    }

    @Test
    void whatWaitsForItsTimeShouldBeClearedToTheLastOne() throws Exception {
        fillTime();

        assertThat(timed("clear", queue::clear)).isEqualTo(MAILS);
        assertThat(queue.getSize()).isZero();
        restart();
        assertThat(queue.getSize()).isZero();
    }

    private void restart() throws IOException {
        factory.close();
        queues.stop();
        queues.start();
        createQueue();
    }
}
