package io.postrider.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PostponeDelayTest {
    private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

    @Test
    void theDelayShouldDoubleUpToTheLongest() {
        PostponeDelay delay = new PostponeDelay(TEN_SECONDS, Duration.ofSeconds(35));

        assertThat(delay.after(0)).isEqualTo(TEN_SECONDS);
        assertThat(delay.after(1)).isEqualTo(Duration.ofSeconds(20));
        assertThat(delay.after(2)).isEqualTo(Duration.ofSeconds(35));
        assertThat(delay.after(Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(35));
    }

    @Test
    void aLongestBelowTheFirstShouldMeanNoGrowth() {
        assertThat(new PostponeDelay(TEN_SECONDS, Duration.ofSeconds(1)).after(5))
                .isEqualTo(TEN_SECONDS);
    }

    @Test
    void aDelayOfNothingShouldBeRefused() {
        assertThatThrownBy(() -> new PostponeDelay(Duration.ZERO, TEN_SECONDS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("first: PT0S (expected: above 0)");
    }
}
