package io.postrider.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class LoginBrakeTest {
    private static final InetAddress HERE = address("192.0.2.1");
    private static final InetAddress THERE = address("192.0.2.2");

    private final SteppedClock clock = new SteppedClock();
    private final LoginBrake brake =
            new LoginBrake(new LoginBrake.Limits(3, Duration.ofMinutes(10), Duration.ofMinutes(5)), clock);

    @Test
    void anAddressShouldBePutOffForEveryUserAfterTooManyFailures() {
        fail(HERE, "a", "b");
        assertThat(brake.remaining(HERE, "d")).isEmpty();

        fail(HERE, "c");

        assertThat(brake.remaining(HERE, "d")).contains(Duration.ofMinutes(5));
        assertThat(brake.remaining(THERE, "d")).isEmpty();
        clock.advance(Duration.ofMinutes(5));
        assertThat(brake.remaining(HERE, "d")).isEmpty();
    }

    @Test
    void aUserShouldBePutOffForEveryAddressAfterTooManyFailures() {
        for (String client : new String[] {"192.0.2.7", "192.0.2.8", "2001:db8::1"}) {
            fail(address(client), "app");
        }

        assertThat(brake.remaining(HERE, "app")).contains(Duration.ofMinutes(5));
        assertThat(brake.remaining(HERE, "other")).isEmpty();
    }

    @Test
    void failuresShouldBeForgottenBehindTheWindow() {
        fail(HERE, "a", "a");
        clock.advance(Duration.ofMinutes(10));
        fail(HERE, "a", "a");

        assertThat(brake.remaining(HERE, "a")).isEmpty();
    }

    @Test
    void oneIpv6ClientShouldBeItsWholePrefix() {
        fail(address("2001:db8:0:1::1"), "a");
        fail(address("2001:db8:0:1::2"), "b");
        fail(address("2001:db8:0:1:ffff::3"), "c");

        assertThat(brake.remaining(address("2001:db8:0:1::9"), "d")).isPresent();
        assertThat(brake.remaining(address("2001:db8:0:2::9"), "d")).isEmpty();
    }

    @Test
    void theSuccessOfAnotherUserShouldForgiveAnAddressNothing() {
        fail(HERE, "a", "b");
        brake.succeeded(HERE, "mine");
        fail(HERE, "c");

        assertThat(brake.remaining(HERE, "d")).isPresent();
    }

    @Test
    void neitherNeighboursNorStrangersShouldLockOutWhoLoggedInBefore() {
        brake.succeeded(HERE, "app");
        fail(HERE, "a", "b", "c");
        fail(THERE, "app", "app", "app");

        assertThat(brake.remaining(HERE, "app")).isEmpty();
        assertThat(brake.remaining(THERE, "app")).isPresent();
    }

    @Test
    void whoLoggedInBeforeShouldBePutOffForOwnFailures() {
        brake.succeeded(HERE, "app");
        fail(HERE, "app", "app");
        brake.succeeded(HERE, "app");
        fail(HERE, "app");

        assertThat(brake.remaining(HERE, "app")).contains(Duration.ofMinutes(5));
    }

    @Test
    void aFloodOfNamesShouldNotGrowWithoutBound() {
        for (int i = 0; i < 100_000; i++) {
            brake.failed(HERE, "name" + i + "x".repeat(5));
        }
        fail(THERE, "first");
        for (int i = 0; i < 250_000; i++) {
            brake.failed(HERE, "other" + i);
        }
        fail(THERE, "first", "first");

        assertThat(brake.remaining(address("192.0.2.9"), "first"))
                .as("the first failure is forgotten")
                .isEmpty();
        assertThat(brake.remaining(THERE, "any"))
                .as("addresses are tracked apart")
                .isPresent();
    }

    private void fail(InetAddress client, String... usernames) {
        for (String username : usernames) {
            brake.failed(client, username);
        }
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static final class SteppedClock extends Clock {
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        void advance(Duration step) {
            now = now.plus(step);
        }

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
            throw new UnsupportedOperationException("one zone is enough");
        }
    }
}
