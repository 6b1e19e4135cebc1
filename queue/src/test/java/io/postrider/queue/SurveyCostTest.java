package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That a look over the spool is complete when it holds far more than fits into the memory of the broker, and what it costs: {@code -Dsurvey.entries=1000000}, {@code
 * -Dsurvey.size=2000} bytes each.
 */
class SurveyCostTest {
    private static final int WRITERS = 16;
    private static final int ENTRIES = Integer.getInteger("survey.entries", 3000);
    private static final int SIZE = Integer.getInteger("survey.size", 2000);
    private static final long BROKER_MEMORY = Long.getLong("survey.memory", 1L << 20);

    @TempDir
    Path directory;

    @Test
    void aLookShouldFindEachEntryOfASpoolThatDoesNotFitIntoMemory() throws Exception {
        List<EntryId> ids = ids();
        EntryId stranger =
                new EntryId(MessageId.at(Instant.now(), new Random(2)).value());
        try (EmbeddedBroker broker = EmbeddedBroker.start(
                        "survey",
                        directory,
                        new EmbeddedBroker.Settings(32 << 20, Duration.ofSeconds(5), BROKER_MEMORY, 500));
                BrokerEntryQueue entries = new BrokerEntryQueue(broker, WRITERS, Clock.systemUTC())) {
            Instant start = Instant.now();
            fill(entries, ids);
            say("written", start);

            EntryId first = ids.get(0);
            EntryId last = ids.get(ids.size() - 1);
            for (Set<EntryId> sought :
                    List.of(Set.of(first, stranger), Set.of(first, last, stranger), Set.copyOf(ids))) {
                System.gc();
                resetPeaks();
                start = Instant.now();
                Set<EntryId> present = entries.present(sought);
                say("looked for " + sought.size() + ", heap at most " + (peak() >> 20) + " MiB", start);
                assertThat(present.size()).isEqualTo(sought.contains(stranger) ? sought.size() - 1 : sought.size());
                assertThat(present).doesNotContain(stranger);
            }
        }
    }

    private static List<EntryId> ids() {
        Random random = new Random(1);
        List<EntryId> ids = new ArrayList<>();
        for (int i = 0; i < ENTRIES; i++) {
            ids.add(new EntryId(MessageId.at(Instant.now(), random).value()));
        }
        return ids;
    }

    private static void fill(BrokerEntryQueue entries, List<EntryId> ids) throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Future<?>> parts = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                int from = writer;
                parts.add(writers.submit(() -> {
                    for (int i = from; i < ids.size(); i += WRITERS) {
                        EntryId id = ids.get(i);
                        entries.put(id, new MessageId(id.value()), new byte[SIZE], Optional.empty());
                    }
                }));
            }
            for (Future<?> part : parts) {
                part.get();
            }
        } finally {
            writers.shutdownNow();
        }
    }

    private static void resetPeaks() {
        ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
    }

    private static long peak() {
        return ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP)
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
    }

    private static void say(String what, Instant since) {
        System.out.println(ENTRIES + " entries of " + SIZE + " bytes: " + what + ", "
                + Duration.between(since, Instant.now()).toMillis() + " ms");
    }
}
