package io.postrider.server.smtp.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataDecoderTest {
    private static final Path VECTORS = Path.of("../../shared/corpus/smtp/smuggling-vectors.json");

    private static final class Decoded implements DataDecoder.Content {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private int irregular;

        @Override
        public void text(byte[] source, int from, int to) {
            bytes.write(source, from, to - from);
        }

        @Override
        public void lineEnd(byte[] source, int at) {
            bytes.write(source, at, 2);
        }

        @Override
        public void irregular() {
            irregular++;
        }

        private String text() {
            return bytes.toString(StandardCharsets.ISO_8859_1);
        }
    }

    /** What was decoded, and what was left behind the end of the data. */
    private record Result(String content, int irregular, boolean ended, String rest) {}

    @Test
    void theContentShouldEndAtTheFirstDotOnALineOfItsOwn() {
        Result result = decode("Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n");

        assertThat(result).isEqualTo(new Result("Subject: x\r\n\r\nbody\r\n", 0, true, "QUIT\r\n"));
    }

    @Test
    void aMessageOfNothingShouldEndAtOnce() {
        assertThat(decode(".\r\n")).isEqualTo(new Result("", 0, true, ""));
    }

    @Test
    void aDotAtTheBeginningOfALineShouldGoDoubledOrNot() {
        assertThat(decode("..a\r\n.b\r\n...\r\nc.\r\n.\r\n").content()).isEqualTo(".a\r\nb\r\n..\r\nc.\r\n");
    }

    @Test
    void bareLineEndsShouldComeOutAsCrlfAndNulNotAtAll() {
        Result result = decode("a\nb\rc\u0000d\r\n.\r\n");

        assertThat(result.content()).isEqualTo("a\r\nb\r\ncd\r\n");
        assertThat(result.irregular()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n.\n",
                "\n.\r\n",
                "\r\n.\n",
                "\r.\r",
                "\r.\r\n",
                "\r\n.\r",
                "\n.\r",
                "\r.\n",
                "\r\n\u0000.\r\n",
                "\r\n.\u0000\r\n",
                "\r\r\n.\r\r\n",
                "\n\n.\r\n",
                "\n\n.\n",
                "\r\n.\r\r\n",
                "\r\r.\r\n"
            })
    void nothingElseShouldEndAMessage(String sequence) {
        String tail = "MAIL FROM:<attacker@evil.example>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n";
        Result result = decode("Subject: outer\r\n\r\nbody" + sequence + tail + "NOOP\r\n");

        assertThat(result.ended()).isTrue();
        assertThat(result.rest()).isEqualTo("NOOP\r\n");
        assertThat(result.content())
                .contains("MAIL FROM:<attacker@evil.example>")
                .endsWith("\r\nx\r\n");
        assertThat(result.irregular()).isPositive();
        assertThat(result.content().replace("\r\n", "")).doesNotContain("\r", "\n", "\u0000");
    }

    @Test
    void theVectorsOfTheCorpusShouldBeOneMessageEach() throws IOException {
        assumeTrue(Files.exists(VECTORS), "the corpus is not there: " + VECTORS);
        JsonNode vectors = new ObjectMapper().readTree(VECTORS.toFile());
        String tail = vectors.get("smuggled_tail").asText();
        List<String> variants = new ArrayList<>();
        vectors.get("end_of_data_variants").forEach(variant -> variants.add(variant.asText()));

        assertThat(variants).isNotEmpty().allSatisfy(variant -> {
            Result result = decode("Subject: outer\r\n\r\nbody" + variant + tail + "NOOP\r\n");
            assertThat(result.ended()).isTrue();
            assertThat(result.rest()).isEqualTo("NOOP\r\n");
        });
    }

    @Test
    void wherePiecesBeginShouldMakeNoDifference() {
        String stream = "A: b\r\n..x\n.\n\r\n.y\r\r\n.\r\n\u0000.\r.\r\nz\r\n.\r\nRSET\r\n";
        Result whole = decode(stream);

        for (int first = 1; first < stream.length(); first++) {
            for (int second = first; second < stream.length(); second++) {
                assertThat(decode(stream, first, second)).isEqualTo(whole);
            }
        }
    }

    @Test
    void anythingAtAllShouldComeOutCleanAndTheSameHoweverItIsCut() {
        Random random = new Random(4);
        String alphabet = "\r\n.\r\n.a\u0000 b";
        for (int round = 0; round < 5_000; round++) {
            StringBuilder stream = new StringBuilder();
            for (int i = random.nextInt(60); i >= 0; i--) {
                stream.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            stream.append("\r\n.\r\nREST");
            String text = stream.toString();
            Result whole = decode(text);

            assertThat(decode(text, random.nextInt(text.length()), random.nextInt(text.length())))
                    .as(text)
                    .isEqualTo(whole);
            assertThat(whole.ended()).isTrue();
            assertThat(whole.content().replace("\r\n", "")).doesNotContain("\r", "\n", "\u0000");
            assertThat(text)
                    .startsWith(text.substring(0, text.length() - whole.rest().length()));
            String taken =
                    "\r\n" + text.substring(0, text.length() - whole.rest().length());
            assertThat(taken.indexOf("\r\n.\r\n")).isEqualTo(taken.length() - 5);
        }
    }

    private static Result decode(String stream, int... cuts) {
        byte[] bytes = stream.getBytes(StandardCharsets.ISO_8859_1);
        Decoded decoded = new Decoded();
        DataDecoder decoder = new DataDecoder(decoded);
        int[] ends = new int[cuts.length + 1];
        System.arraycopy(cuts, 0, ends, 0, cuts.length);
        ends[cuts.length] = bytes.length;
        java.util.Arrays.sort(ends);
        int at = 0;
        for (int end : ends) {
            if (!decoder.isAtEnd()) {
                at = decoder.decode(bytes, at, end);
            }
        }
        return new Result(
                decoded.text(),
                decoded.irregular,
                decoder.isAtEnd(),
                new String(bytes, at, bytes.length - at, StandardCharsets.ISO_8859_1));
    }
}
