package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.testkit.MutableClock;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SilentAddressesTest {
    private static final Instant NOW = Instant.parse("2026-11-25T00:00:00Z");
    private static final Duration FIRST = Duration.ofSeconds(5);
    private static final SilentAddresses.Path PATH =
            new SilentAddresses.Path(Optional.empty(), InetAddress.getLoopbackAddress(), 25);

    private final MutableClock clock = new MutableClock(NOW);
    private final SilentAddresses silent = new SilentAddresses(
            clock, new SmtpClientSettings.Pauses(FIRST, Duration.ofMinutes(5)), Duration.ofMinutes(1));

    @Test
    void failuresOfTriesThatBeganBeforeThePauseShouldBeOne() {
        silent.silent(PATH);
        clock.advance(Duration.ofSeconds(1));
        silent.silent(PATH);
        silent.silent(PATH);

        assertThat(silent.nextTry(List.of(PATH))).contains(NOW.plus(FIRST));
    }

    @Test
    void aTryThatBeganBeforeThePauseAndFailsBehindItShouldNotCount() {
        silent.silent(PATH);
        clock.advance(FIRST);
        silent.silent(PATH);

        assertThat(silent.mayTry(PATH)).isTrue();
    }

    @Test
    void whoWasPutBackUntriedShouldNotEndAPauseThatAnotherFoundDue() {
        assertThat(silent.mayTry(PATH)).isTrue();
        silent.silent(PATH);
        silent.notTried(PATH);

        assertThat(silent.isOpen(PATH)).isFalse();
    }

    @Test
    void whoWasToFindOutAndDidNotShouldLetTheNextDoIt() {
        silent.silent(PATH);
        clock.advance(FIRST);
        assertThat(silent.mayTry(PATH)).isTrue();
        assertThat(silent.mayTry(PATH)).isFalse();
        silent.notTried(PATH);
        assertThat(silent.mayTry(PATH)).isTrue();
        silent.silent(PATH);

        assertThat(silent.nextTry(List.of(PATH))).contains(clock.instant().plus(FIRST.multipliedBy(2)));
    }
}
