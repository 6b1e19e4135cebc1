package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.jms.JMSException;
import javax.jms.Message;
import org.apache.activemq.store.kahadb.KahaDBStore;
import org.apache.activemq.store.kahadb.data.KahaCommitCommand;
import org.apache.activemq.store.kahadb.disk.journal.Journal;
import org.apache.activemq.store.kahadb.disk.journal.Location;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class EntryWriterTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final byte[] MAIL = "a mail".getBytes(StandardCharsets.US_ASCII);

    @RegisterExtension
    final QueueExtension queues = new QueueExtension();

    @Test
    void whatWasWrittenShouldBeInTheQueueInItsOrder() throws IOException {
        try (EntryWriter writer = new EntryWriter(queues.broker(), 1, LONG)) {
            all(IntStream.range(0, 1000).mapToObj(number -> write(writer, number)));
        }

        assertThat(entriesInQueue())
                .containsExactlyElementsOf(
                        IntStream.range(0, 1000).mapToObj(EntryWriterTest::name).toList());
    }

    @Test
    void whatHasGatheredShouldShareATransaction() throws IOException {
        try (EntryWriter writer = new EntryWriter(queues.broker(), 1, LONG)) {
            CompletableFuture<Void> gathered = new CompletableFuture<>();
            holdUp(writer, gathered);
            List<CompletableFuture<Void>> written = IntStream.range(0, 100)
                    .mapToObj(number -> write(writer, number))
                    .toList();
            int before = transactions();
            gathered.complete(null);
            all(written.stream());

            assertThat(transactions() - before).isOne();
        }
    }

    /** Has the thread of the writer wait, in what follows on an entry. */
    private static void holdUp(EntryWriter writer, CompletableFuture<Void> until) {
        Thread here = Thread.currentThread();
        CountDownLatch held = new CountDownLatch(1);
        while (held.getCount() > 0) {
            CompletableFuture<Void> first = write(writer, -1).thenRun(() -> {
                if (Thread.currentThread() != here) {
                    held.countDown();
                    until.join();
                }
            });
            await().until(() -> first.isDone() || held.getCount() == 0);
        }
    }

    @Test
    void whatFillsSeveralJournalFilesShouldBeWrittenWhole() throws IOException {
        byte[] large = new byte[900_000]; // a file of the journal has 4 MiB
        try (EntryWriter writer = new EntryWriter(queues.broker(), 2, LONG)) {
            all(IntStream.range(0, 30).mapToObj(number -> write(writer, number, large)));
        }

        assertThat(queues.broker().journalFile()).isGreaterThan(3);
        queues.stop();
        queues.start();
        assertThat(entriesInQueue()).hasSize(30);
    }

    @Test
    void anEntryWhoseTransactionDoesNotBeginShouldBeGivenUp() {
        try (EntryWriter writer = new EntryWriter(queues.broker(), 0, Duration.ofMillis(20))) {
            assertThatThrownBy(() -> write(writer, 1).join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(QueueUnavailableException.class)
                    .hasRootCauseMessage("not begun within PT0.02S: the disk hangs, or is too slow for the load");
        }
    }

    @Test
    void aBrokerThatIsGoneShouldBeToldAndNotWaitedFor() throws IOException {
        try (EntryWriter writer = new EntryWriter(queues.broker(), 1, LONG)) {
            write(writer, 1).join();
            queues.broker().close();

            assertThatThrownBy(() -> write(writer, 2).join()).hasCauseInstanceOf(QueueUnavailableException.class);
        }
        queues.start();
        assertThat(entriesInQueue()).containsExactly(name(1));
    }

    @Test
    void whatWaitsAtTheEndShouldBeWrittenAndNothingAfterIt() {
        CompletableFuture<Void> last;
        EntryWriter writer = new EntryWriter(queues.broker(), 1, LONG);
        last = write(writer, 1);
        writer.close();

        assertThat(last).isCompleted();
        assertThatThrownBy(() -> write(writer, 2).join()).hasCauseInstanceOf(QueueUnavailableException.class);
        await().untilAsserted(() -> assertThat(entriesInQueue()).containsExactly(name(1)));
    }

    private static CompletableFuture<Void> write(EntryWriter writer, int number) {
        return write(writer, number, MAIL);
    }

    private static CompletableFuture<Void> write(EntryWriter writer, int number, byte[] mail) {
        return writer.write(new EntryMessage.Outgoing(
                        "spool", name(number), "", "run", Instant.EPOCH, 4, Optional.empty(), mail))
                .toCompletableFuture();
    }

    private static String name(int number) {
        return "entry-" + number;
    }

    private static void all(Stream<CompletableFuture<Void>> written) {
        CompletableFuture.allOf(written.toArray(CompletableFuture[]::new)).join();
    }

    private List<String> entriesInQueue() {
        List<String> names = new ArrayList<>();
        try {
            boolean none = queues.entries()
                    .queue("spool")
                    .turn()
                    .find(message -> {
                        names.add(entryOf(message));
                        return false;
                    })
                    .isEmpty();
            assertThat(none).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return names;
    }

    private static String entryOf(Message message) {
        try {
            return EntryMessage.entry(message);
        } catch (JMSException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many commits the journal holds. */
    private int transactions() throws IOException {
        KahaDBStore store = queues.broker().turn().getStore();
        Journal journal = store.getJournal();
        int commits = 0;
        for (Location at = journal.getNextLocation(null); at != null; at = journal.getNextLocation(at)) {
            if (at.getType() == Journal.USER_RECORD_TYPE && store.load(at) instanceof KahaCommitCommand) {
                commits++;
            }
        }
        return commits;
    }
}
