package io.postrider.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InstantTextTest {
    @Test
    void whatAnInstantWritesShouldBeRead() {
        Random random = new Random(20261130);
        int[] units = {1, 1_000, 1_000_000, 1_000_000_000};
        for (int round = 0; round < 10_000; round++) {
            int unit = units[round % units.length];
            Instant time = Instant.ofEpochSecond(
                    random.nextLong(-70_000_000_000L, 300_000_000_000L),
                    (long) unit * random.nextInt(1_000_000_000 / unit));

            assertThat(InstantText.parse(time.toString())).isEqualTo(time);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-25T10:00:00.1Z",
                "2026-11-25T24:00:00Z",
                "2026-11-25T10:00:00.Z",
                "2026-12-31T23:59:60Z",
                "2024-02-29T00:00:00.000Z",
                "+12026-11-25T10:00:00Z",
                "2026-11-25t10:00:00z"
            })
    void whatTheJdkReadsShouldBeTheSame(String text) {
        assertThat(InstantText.parse(text)).isEqualTo(Instant.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026-11-25",
                "2026-02-30T10:00:00Z",
                "2026-11-25T10:60:00Z",
                "2026-11-25T10:00:00.1234567890Z",
                "2026-11-25T10:00:00 "
            })
    void anythingElseShouldBeRefused(String text) {
        assertThatThrownBy(() -> InstantText.parse(text)).isInstanceOf(DateTimeParseException.class);
    }
}
