package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmtpClientSettingsTest {
    @Test
    void withDefaultsShouldHaveTheTimeoutsOfRfc5321() {
        SmtpClientSettings settings = SmtpClientSettings.withDefaults("mail.example.com");

        assertThat(settings.timeouts())
                .isEqualTo(new SmtpClientSettings.Timeouts(
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(5),
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(2),
                        Duration.ofMinutes(3),
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(5)));
        assertThat(settings.idleTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(settings.maxWait()).isEqualTo(Duration.ofSeconds(20));
        assertThat(settings.maxPending()).isEqualTo(1000);
        assertThat(settings.faultMemory()).isEqualTo(Duration.ofHours(1));
        assertThat(settings.attemptDelay()).isEqualTo(Duration.ofMillis(250));
        assertThat(settings.pauses().first()).isEqualTo(Duration.ofSeconds(5));
        assertThat(settings.pauses().most()).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.closeGrace()).isEqualTo(Duration.ofSeconds(5));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "a\r\nMAIL FROM:<>", "[bad literal"})
    void ehloNameShouldBeAHostNameOrALiteral(String name) {
        assertThatThrownBy(() -> SmtpClientSettings.withDefaults(name))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("ehloName");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mail.example.com", "localhost", "[192.0.2.1]", "[IPv6:2001:db8::1]"})
    void ehloNameShouldTakeNamesAndLiterals(String name) {
        assertThat(SmtpClientSettings.withDefaults(name).ehloName()).isEqualTo(name);
    }
}
