package io.postrider.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class XTextTest {
    @ParameterizedTest
    @CsvSource({"bob@example.com,bob@example.com", "b+x@y,b+2Bx@y", "a=b,a+3Db", "a b,a+20b", "ü,+C3+BC", "~!,~!"})
    void encodingAndDecodingShouldBeInverse(String text, String encoded) {
        assertThat(XText.encode(text)).isEqualTo(encoded);
        assertThat(XText.decode(encoded)).isEqualTo(text);
    }

    @Test
    void digitsInLowerCaseShouldBeTaken() {
        assertThat(XText.decode("b+2bx+3dy")).isEqualTo("b+x=y");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"+", "a+", "a+2", "+2G", "a b", "a=b", "\u00fc", "+0D+0A", "+00", "+7F", "a\nb", "+\u0663\u0663"
            })
    void whatIsNoXtextOrHidesControlCharactersShouldBeRefused(String text) {
        assertThatThrownBy(() -> XText.decode(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("xtext: [ -~]+ \\(expected: [ -~]+\\)");
    }

    @Test
    void anyPrintableTextShouldComeBack() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(20); n > 0; n--) {
                text.append((char) (32 + random.nextInt(95)));
            }
            assertThat(XText.decode(XText.encode(text.toString()))).isEqualTo(text.toString());
        }
    }
}
