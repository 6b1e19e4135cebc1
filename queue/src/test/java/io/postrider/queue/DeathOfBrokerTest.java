package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.trace.EntryId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.jms.JMSException;
import org.apache.activemq.command.ActiveMQBytesMessage;
import org.apache.activemq.store.kahadb.disk.journal.Journal;
import org.apache.activemq.store.kahadb.disk.journal.Location;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of the files of a running broker stand for what a death leaves. */
class DeathOfBrokerTest {
    private static final String QUEUE = "spool";
    private static final EmbeddedBroker.Settings SETTINGS =
            new EmbeddedBroker.Settings(4 << 20, Duration.ofHours(1), 64L << 20, 100);

    @TempDir
    Path directory;

    @Test
    void whatIsWrittenAfterADeathShouldOutliveTheNextOneWhenTheIndexWasAheadOfItsJournal() throws Exception {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        Path third = directory.resolve("third");
        try (EmbeddedBroker broker = EmbeddedBroker.start("first", first, SETTINGS);
                BrokerEntryQueue entries = new BrokerEntryQueue(broker, 2, Clock.systemUTC())) {
            for (int i = 0; i < 20; i++) {
                send(entries, "acknowledged-" + i);
            }
            List<ActiveMQBytesMessage> all = all(entries);
            // The first acknowledgement in a file makes the next checkpoint wait for the journal.
            entries.queue(QUEUE).turn().acknowledged(all.remove(0));
            broker.turn().checkpoint(false);
            Location end = lastOf(broker);
            for (ActiveMQBytesMessage message : all) {
                entries.queue(QUEUE).turn().acknowledged(message);
            }
            broker.turn().checkpoint(false);
            copy(first, second);
            // The acknowledgements had not come to the disk yet, and the index had.
            cut(second.resolve("turn").resolve("db-" + end.getDataFileId() + ".log"), end.getOffset() + end.getSize());
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start("second", second, SETTINGS);
                BrokerEntryQueue entries = new BrokerEntryQueue(broker, 2, Clock.systemUTC())) {
            send(entries, "accepted");
            copy(second, third);
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start("third", third, SETTINGS);
                BrokerEntryQueue entries = new BrokerEntryQueue(broker, 2, Clock.systemUTC())) {
            List<String> left = new ArrayList<>();
            for (ActiveMQBytesMessage message : all(entries)) {
                left.add(EntryMessage.entry(message));
            }

            assertThat(left).containsExactly("accepted");
        }
    }

    @Test
    void aBrokerShouldStartAfterADeathThatFollowsACleanUpOfWhatWaitedForItsTime() throws Exception {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        EmbeddedBroker.Settings small = new EmbeddedBroker.Settings(1 << 20, Duration.ofHours(1), 64L << 20, 100);
        try (EmbeddedBroker broker = EmbeddedBroker.start("cleaned", first, small);
                BrokerEntryQueue entries = new BrokerEntryQueue(broker, 2, Clock.systemUTC())) {
            Instant due = Instant.now().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.MILLIS);
            for (int i = 0; i < 5; i++) {
                entries.send(QUEUE, "entry-" + i, "", 4, new byte[300_000], Optional.of(due));
                entries.removeWaiting(new EntryId("entry-" + i), due);
                if (i == 0) {
                    // By now the place is on disk, in the first file.
                    broker.time().checkpointUpdate(false);
                    broker.time().checkpointUpdate(false);
                }
            }
            broker.time().checkpointUpdate(true);
            assertThat(first.resolve("time").resolve("db-1.log")).doesNotExist();
            copy(first, second);
        }

        try (EmbeddedBroker broker = EmbeddedBroker.start("again", second, small)) {
            assertThat(broker.isRunning()).isTrue();
        }
    }

    private static void send(BrokerEntryQueue entries, String entry) {
        entries.send(QUEUE, entry, "", 4, new byte[100], Optional.empty());
    }

    private static List<ActiveMQBytesMessage> all(BrokerEntryQueue entries) throws IOException, JMSException {
        List<ActiveMQBytesMessage> all = new ArrayList<>();
        entries.queue(QUEUE).turn().find(message -> !all.add(message));
        return all;
    }

    private static Location lastOf(EmbeddedBroker broker) throws IOException {
        Journal journal = broker.turn().getStore().getJournal();
        Location last = journal.getNextLocation(null);
        for (Location next = last; next != null; next = journal.getNextLocation(next)) {
            last = next;
        }
        return last;
    }

    private static void cut(Path file, int from) throws IOException {
        try (RandomAccessFile journal = new RandomAccessFile(file.toFile(), "rw")) {
            long length = journal.length();
            journal.setLength(from);
            journal.setLength(length);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                if (!file.endsWith("lock")) {
                    Files.copy(file, to.resolve(from.relativize(file)));
                }
            }
        }
    }
}
