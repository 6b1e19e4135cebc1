package io.postrider.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.route.EgressPool;
import io.postrider.route.Hop;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class RelayFaultsTest {
    private static final Instant START = Instant.parse("2026-11-25T00:00:00Z");
    private static final Hop SES = new Hop.ViaRelay("ses");

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final RelayFaults faults = new RelayFaults(new Clock() {
        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(java.time.ZoneId zone) {
            throw new UnsupportedOperationException("one zone only");
        }

        @Override
        public Instant instant() {
            return now.get();
        }
    });

    @Test
    void aFaultShouldTellSinceWhenHowOftenAndWhatLast() {
        faults.failed(SES, false, "connection refused");
        now.set(START.plusSeconds(60));
        faults.failed(SES, true, "535 no");

        assertThat(faults.find("ses")).contains(new RelayFaults.Fault(true, "535 no", START, START.plusSeconds(60), 2));
    }

    @Test
    void aSuccessAndAChangeShouldEndIt() {
        faults.failed(SES, true, "535 no");
        faults.succeeded(SES);
        assertThat(faults.find("ses")).isEmpty();

        faults.failed(SES, true, "535 no");
        faults.forget("ses");
        assertThat(faults.all()).isEmpty();
    }

    @Test
    void onlyRelaysShouldBeRemembered() {
        faults.failed(new Hop.Direct(EgressPool.DEFAULT), false, "a host that does not answer");
        faults.failed(new Hop.Simulator(), false, "?");

        assertThat(faults.all()).isEmpty();
    }

    @Test
    void theOldestShouldGoWhenThereAreTooMany() {
        for (int i = 0; i < 1001; i++) {
            faults.failed(new Hop.ViaRelay("r" + i), true, "x");
        }

        assertThat(faults.all()).hasSize(1000).doesNotContainKey("r0").containsKey("r1000");
    }
}
