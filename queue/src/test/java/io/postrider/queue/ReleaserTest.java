package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.jms.JMSException;
import org.apache.activemq.store.kahadb.disk.journal.Journal;
import org.apache.activemq.util.DefaultIOExceptionHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That what has waited for its time is neither lost nor in the way when it cannot be moved. */
class ReleaserTest {
    private static final String QUEUE = "plain";
    private static final Duration SOON = Duration.ofMillis(500);

    @TempDir
    Path directory;

    @Test
    void whatIsDueShouldWaitWhileThereIsNoRoomAndKeepNobodyElseWaiting() throws Exception {
        try (EmbeddedBroker broker = start("no-room");
                BrokerEntryQueue entries = new BrokerEntryQueue(broker, 2, Clock.systemUTC())) {
            StoredQueue queue = entries.queue(QUEUE);
            long limit = broker.service().getSystemUsage().getStoreUsage().getLimit();
            broker.service().getSystemUsage().getStoreUsage().setLimit(1);
            putDue(entries, "due", SOON);
            await().until(() -> queue.time().nextDue().orElseThrow().isBefore(Instant.now()));

            assertThatThrownBy(() -> entries.send(QUEUE, "at-once", "", 4, new byte[10], Optional.empty()))
                    .isInstanceOf(QueueUnavailableException.class);
            CompletableFuture.runAsync(() -> putDue(entries, "later", Duration.ofMinutes(1)))
                    .get(10, TimeUnit.SECONDS);
            assertThat(queue.time().nextDue()).isPresent();
            assertThat(queue.turn().count()).isZero();

            broker.service().getSystemUsage().getStoreUsage().setLimit(limit);

            await().untilAsserted(() -> assertThat(queue.turn().count()).isEqualTo(1));
            assertThat(queue.time().count()).isEqualTo(1);
        }
    }

    @Test
    void whatIsDueShouldNotBeLostWhenTheJournalCannotBeWritten() throws Exception {
        try (EmbeddedBroker broker = start("broken");
                BrokerEntryQueue entries = new BrokerEntryQueue(broker, 2, Clock.systemUTC())) {
            // The broker stays, as it does while the disk is full.
            DefaultIOExceptionHandler stay = new DefaultIOExceptionHandler();
            stay.setIgnoreAllErrors(true);
            broker.service().setIoExceptionHandler(stay);
            StoredQueue queue = entries.queue(QUEUE);
            entries.send(QUEUE, "before", "", 4, new byte[10], Optional.empty());
            for (int i = 0; i < 5; i++) {
                putDue(entries, "due-" + i, SOON);
            }
            endWriter(broker);
            await().until(() -> queue.time().nextDue().isEmpty()
                    || queue.time()
                            .nextDue()
                            .orElseThrow()
                            .isBefore(Instant.now().minusSeconds(2)));
        }
        try (EmbeddedBroker broker = start("again");
                BrokerEntryQueue entries = new BrokerEntryQueue(broker, 2, Clock.systemUTC())) {
            StoredQueue queue = entries.queue(QUEUE);

            // Whether the write that failed had come to the disk, nobody could know: that entry may be there twice.
            await().untilAsserted(() -> assertThat(entriesIn(queue))
                    .containsExactlyInAnyOrder("before", "due-0", "due-1", "due-2", "due-3", "due-4"));
            await().untilAsserted(() -> assertThat(queue.time().count()).isZero());
        }
    }

    private static Set<String> entriesIn(StoredQueue queue) throws IOException {
        Set<String> entries = new HashSet<>();
        queue.turn().find(message -> {
            try {
                entries.add(EntryMessage.entry(message));
                return false;
            } catch (JMSException e) {
                throw new IllegalStateException("an entry cannot be read", e);
            }
        });
        return entries;
    }

    private EmbeddedBroker start(String name) {
        return EmbeddedBroker.start(
                name, directory, new EmbeddedBroker.Settings(4 << 20, Duration.ofSeconds(5), 64L << 20, 100));
    }

    private static void putDue(BrokerEntryQueue entries, String entry, Duration delay) {
        entries.send(
                QUEUE, entry, "", 4, new byte[2000], Optional.of(Instant.now().plus(delay)));
    }

    /** What the journal does by itself when a write fails: its writer ends, and each further write is an error. */
    private static void endWriter(EmbeddedBroker broker) throws ReflectiveOperationException, IOException {
        Field appenders = Journal.class.getDeclaredField("appender");
        appenders.setAccessible(true);
        Object appender = appenders.get(broker.turn().getStore().getJournal());
        Field shutdown = appender.getClass().getDeclaredField("shutdown");
        shutdown.setAccessible(true);
        shutdown.set(appender, true);
    }
}
