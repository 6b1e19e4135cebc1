package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TalkTest {
    @Test
    void joinedShouldKeepBothEndsOfALongTalk() {
        List<String> lines = IntStream.range(0, 150).mapToObj(i -> "< " + i).toList();

        List<String> joined = Talk.joined(List.of(lines, List.of("> x"), List.of("< end")));

        assertThat(joined)
                .hasSize(100)
                .startsWith("< 0", "< 1")
                .endsWith("> x", "< end")
                .contains("* 53 lines left out");
    }

    @Test
    void linesShouldBeCutAtThousandCharacters() {
        List<String> talk = new ArrayList<>();

        Talk.sent(talk, "x".repeat(2000));

        assertThat(talk).singleElement().asString().hasSize(1000).endsWith("x…");
    }
}
