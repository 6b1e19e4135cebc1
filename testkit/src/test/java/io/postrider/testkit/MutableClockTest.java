package io.postrider.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;

class MutableClockTest {
    @Test
    void theClockShouldStandStillUntilItIsTold() {
        MutableClock clock = new MutableClock(Fixtures.NOW);
        assertThat(clock.instant()).isEqualTo(Fixtures.NOW);

        clock.advance(Duration.ofSeconds(2));
        assertThat(clock.instant()).isEqualTo(Fixtures.NOW.plusSeconds(2));

        clock.set(Fixtures.NOW);
        assertThat(clock.instant()).isEqualTo(Fixtures.NOW);
    }

    @Test
    void aViewInAnotherZoneShouldFollowTheClock() {
        MutableClock clock = new MutableClock(Fixtures.NOW);
        Clock view = clock.withZone(ZoneId.of("Europe/Berlin"));
        clock.advance(Duration.ofSeconds(1));

        assertThat(view.instant()).isEqualTo(Fixtures.NOW.plusSeconds(1));
        assertThat(view.getZone()).isEqualTo(ZoneId.of("Europe/Berlin"));
    }
}
