package io.postrider.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryScheduleTest {
    private static final Instant ACCEPTED = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Random random = new Random(1);
    private final RetrySchedule schedule =
            new RetrySchedule("retry", List.of(MINUTE, Duration.ofMinutes(5)), 0, Duration.ofHours(1));

    @Test
    void delaysShouldFollowEachOtherAndTheLastOneShouldRepeat() {
        assertThat(schedule.next(1, ACCEPTED, ACCEPTED, random)).contains(ACCEPTED.plusSeconds(60));
        assertThat(schedule.next(2, ACCEPTED, ACCEPTED, random)).contains(ACCEPTED.plusSeconds(300));
        assertThat(schedule.next(9, ACCEPTED, ACCEPTED, random)).contains(ACCEPTED.plusSeconds(300));
    }

    @Test
    void theLastTryShouldComeAtTheEndOfTheTimeToLive() {
        Instant end = ACCEPTED.plus(schedule.ttl());

        assertThat(schedule.next(2, ACCEPTED, end.minusSeconds(1), random)).contains(end);
        assertThat(schedule.next(2, ACCEPTED, end, random)).isEmpty();
    }

    @Test
    void aDelayOfAnotherKindShouldEndAtTheEndOfTheTimeToLive() {
        Instant end = ACCEPTED.plus(schedule.ttl());

        assertThat(schedule.next(MINUTE, ACCEPTED, ACCEPTED, random)).contains(ACCEPTED.plusSeconds(60));
        assertThat(schedule.next(MINUTE, ACCEPTED, end.minusSeconds(1), random)).contains(end);
        assertThat(schedule.next(MINUTE, ACCEPTED, end, random)).isEmpty();
    }

    @Test
    void jitterShouldStayWithinItsShare() {
        RetrySchedule jittery = new RetrySchedule("retry", List.of(MINUTE), 0.2, Duration.ofHours(1));
        List<Long> delays = random.ints(1000)
                .mapToObj(any -> Duration.between(
                                ACCEPTED,
                                jittery.next(1, ACCEPTED, ACCEPTED, random).orElseThrow())
                        .toMillis())
                .toList();

        assertThat(delays).allMatch(delay -> delay >= 48_000 && delay <= 72_000);
        assertThat(delays).anyMatch(delay -> delay < 52_000).anyMatch(delay -> delay > 68_000);
    }

    @Test
    void valuesShouldBeChecked() {
        assertThatThrownBy(() -> new RetrySchedule("retry", List.of(), 0, MINUTE))
                .hasMessage("retry.schedule: [] (expected: one or more delays above 0)");
        assertThatThrownBy(() -> new RetrySchedule("retry", List.of(Duration.ZERO), 0, MINUTE))
                .hasMessage("retry.schedule: [PT0S] (expected: one or more delays above 0)");
        assertThatThrownBy(() -> new RetrySchedule("retry", List.of(MINUTE), 1, MINUTE))
                .hasMessage("retry.jitter: 1.0 (expected: 0 to less than 1)");
        assertThatThrownBy(() -> new RetrySchedule("retry", List.of(MINUTE), 0, Duration.ZERO))
                .hasMessage("retry.ttl: PT0S (expected: above 0)");
    }
}
