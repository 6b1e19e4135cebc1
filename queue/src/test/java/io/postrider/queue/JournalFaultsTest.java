package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JournalFaultsTest {
    private final AtomicInteger tries = new AtomicInteger();
    private final JournalFaults faults = new JournalFaults(() -> {
        if (tries.incrementAndGet() < 3) {
            throw new IOException("No space left on device");
        }
    });

    @AfterEach
    void close() {
        faults.close();
    }

    @Test
    void aJournalShouldBeWritableBeforeAnyFault() {
        assertThat(faults.isFaulty()).isFalse();
    }

    @Test
    void aFaultyJournalShouldBeTriedUntilItCanBeWritten() {
        faults.handle(new IOException("Disk quota exceeded"));

        assertThat(faults.isFaulty()).isTrue();
        await().until(() -> !faults.isFaulty());
        assertThat(tries).hasValue(3);
    }

    @Test
    void aFaultThatComesLaterShouldBeHandledAsTheFirst() {
        faults.handle(new IOException("No space left on device"));
        await().until(() -> !faults.isFaulty());

        faults.handle(new IOException("Async Writer Thread Shutdown"));

        assertThat(faults.isFaulty()).isTrue();
        await().until(() -> !faults.isFaulty());
    }
}
