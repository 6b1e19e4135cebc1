package io.postrider.server.smtp.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CapacityTest {
    private final AtomicBoolean behind = new AtomicBoolean();
    private final AtomicLong free = new AtomicLong(1000);
    private final AtomicLong now = new AtomicLong(-5);
    private final Capacity capacity = new Capacity(behind::get, free::get, 500, now::get);

    @Test
    void thereShouldBeRoomAsLongAsNothingIsShort() {
        assertThat(capacity.shortage()).isEmpty();
    }

    @Test
    void aLogThatIsBehindShouldPutMailOff() {
        behind.set(true);

        assertThat(capacity.shortage()).get().asString().startsWith("4.3.1").contains("log");
    }

    @Test
    void aDiskThatIsNearlyFullShouldPutMailOffUntilThereIsRoomAgain() {
        free.set(499);
        assertThat(capacity.shortage()).get().asString().startsWith("4.3.1").contains("store.minFreeDisk");

        free.set(500);
        assertThat(capacity.shortage()).isPresent();
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(capacity.shortage()).isEmpty();
    }

    @Test
    void aDiskThatCannotBeAskedShouldNotStopMail() {
        Capacity blind = new Capacity(
                behind::get,
                () -> {
                    throw new IOException("gone");
                },
                500,
                now::get);

        assertThat(blind.shortage()).isEmpty();
    }
}
