package io.postrider.shaping;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class TokenBucketTest {
    private static final Instant START = Instant.parse("2030-01-01T00:00:00Z");

    private final SetClock clock = new SetClock();

    private static final class SetClock extends Clock {
        private Instant now = START;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            throw new UnsupportedOperationException("no time zones");
        }
    }

    private static int taken(TokenBucket bucket) {
        int count = 0;
        while (bucket.take()) {
            count++;
        }
        return count;
    }

    @Test
    void messagesOfAMinuteShouldBeSpreadOverIt() {
        TokenBucket bucket = new TokenBucket(Rate.parse("6/m"), clock);

        assertThat(taken(bucket)).isEqualTo(1);
        assertThat(bucket.untilNext()).isEqualTo(Duration.ofSeconds(10));
        clock.now = START.plusMillis(9_999);
        assertThat(bucket.take()).isFalse();
        clock.now = START.plusSeconds(10);
        assertThat(taken(bucket)).isEqualTo(1);
    }

    @Test
    void messagesOfASecondShouldGoAtOnce() {
        TokenBucket bucket = new TokenBucket(Rate.parse("14/s"), clock);

        assertThat(taken(bucket)).isEqualTo(14);
        clock.now = START.plusMillis(500);
        assertThat(taken(bucket)).isEqualTo(7);
    }

    @Test
    void nothingShouldBeSavedUpForLongerThanASecond() {
        TokenBucket bucket = new TokenBucket(Rate.parse("600/m"), clock);

        taken(bucket);
        clock.now = START.plus(Duration.ofDays(1));

        assertThat(taken(bucket)).isEqualTo(10);
    }

    @Test
    void allowedWithinShouldCountWhatCanGo() {
        TokenBucket bucket = new TokenBucket(Rate.parse("60/m"), clock);

        assertThat(bucket.allowedWithin(Duration.ZERO)).isEqualTo(1);
        assertThat(bucket.allowedWithin(Duration.ofSeconds(20))).isEqualTo(21);
        bucket.take();
        assertThat(bucket.allowedWithin(Duration.ZERO)).isZero();
        assertThat(bucket.allowedWithin(Duration.ofSeconds(20))).isEqualTo(20);
    }

    @Test
    void aClockThatIsSetBackShouldStopNothingForLong() {
        TokenBucket bucket = new TokenBucket(Rate.parse("1/s"), clock);
        bucket.take();
        clock.now = START.minus(Duration.ofDays(400));

        assertThat(bucket.untilNext()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aBucketShouldBeFullAgainWhenTheRateAllowsAllOfIt() {
        TokenBucket bucket = new TokenBucket(Rate.parse("1/h"), clock);

        assertThat(bucket.isFull()).isTrue();
        bucket.take();
        assertThat(bucket.isFull()).isFalse();
        clock.now = START.plus(Duration.ofHours(1));
        assertThat(bucket.isFull()).isTrue();
    }
}
