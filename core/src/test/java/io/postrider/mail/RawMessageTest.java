package io.postrider.mail;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RawMessageTest {
    private static final String MESSAGE =
            "From: alice@example.org\r\nSubject: one\r\n  two\r\nreceived: a\r\nReceived: b\r\n\r\nbody\r\n";

    /** As an entry of a queue holds it, behind the envelope. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Subject: x\r\nTo: a@b.example\r\n\r\nbody\r\n",
                "Subject: x\nTo: a@b.example\n\nbare\nlines",
                " blank first\r\n\r\nbody\r\n",
                "no field\r\nSubject: x\r\n",
                "Subject: x\r\n",
                "\r\nbody",
                ""
            })
    void aMessageThatBeginsWithinTheArrayShouldBeTheSame(String text) {
        byte[] alone = text.getBytes(ISO_8859_1);
        byte[] behind = ("{}\r\nX: y\r\n" + text).getBytes(ISO_8859_1);

        assertThat(operations(RawMessage.parse(behind, behind.length - alone.length)))
                .isEqualTo(operations(RawMessage.parse(alone)));
    }

    private static List<String> operations(RawMessage message) {
        return Stream.of(
                        message,
                        message.prepend("A: b\r\n"),
                        message.append("A: b\r\n"),
                        message.append("A: b\r\n").withoutFields("To"),
                        message.withoutFields("Subject"),
                        message.withCrlfBody(),
                        message.withCrlfBody().append("A: b\r\n").prepend("C: d\r\n"))
                .flatMap(each -> Stream.of(
                        text(each.toBytes()),
                        each.parts().stream().map(part -> text(part)).collect(Collectors.joining()),
                        text(each.header()) + text(each.body()),
                        each.fields() + " " + each.defect() + " " + each.size() + " " + each.headerSize()))
                .toList();
    }

    @Test
    void fieldsShouldComeFromTopToBottomWithTheirFolding() {
        RawMessage message = parse(MESSAGE);

        assertThat(message.fields().stream().map(HeaderField::name))
                .containsExactly("From", "Subject", "received", "Received");
        assertThat(text(message.fields().get(1).bytes())).isEqualTo("Subject: one\r\n  two\r\n");
        assertThat(message.first("SUBJECT").orElseThrow().value()).isEqualTo("one  two");
        assertThat(message.all("Received").stream().map(HeaderField::value)).containsExactly("a", "b");
        assertThat(text(message.body())).isEqualTo("body\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                MESSAGE,
                "\r\n",
                "\r\nFrom: not a field, the header section is empty\r\n",
                "A: 1\r\n\r\n",
                "A: 1\r\n\r\nno line end",
                "A:\r\n\r\n\r\n\r\n",
                "A: 1\r\n \r\n\r\nx"
            })
    void toBytesShouldGiveBackWhatWasCleanAsItWas(String text) {
        RawMessage message = parse(text);

        assertThat(message.toBytes()).isEqualTo(text.getBytes(ISO_8859_1));
        assertThat(message.size()).isEqualTo(text.length());
        assertThat(message.parts()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "A: 1¶B: 2¶¶x¶y      | A: 1¤B: 2¤¤x¶y",
                "A: 1§B: 2¤¤x        | A: 1¤B: 2¤¤x",
                "A: 1¤B: 2¤          | A: 1¤B: 2¤¤",
                "A: 1¤B: 2           | A: 1¤B: 2¤¤",
                "A: 1¤no field¤B: 2¤ | A: 1¤¤no field¤B: 2¤",
                "X: a§From: b@c¤¤    | X: a¤From: b@c¤¤",
            })
    void parseShouldCleanTheHeaderSectionAndLeaveTheBody(String got, String expected) {
        RawMessage message = parse(lines(got));

        assertThat(text(message.toBytes())).isEqualTo(lines(expected));
        assertThat(RawMessage.parse(message.toBytes()).fields()).hasSameSizeAs(message.fields());
    }

    @Test
    void parseShouldTakeALeadingContinuationForTheBody() {
        RawMessage message = parse(" From: alice@example.org\r\n\r\nx");

        assertThat(message.fields()).isEmpty();
        assertThat(text(message.toBytes())).isEqualTo("\r\n From: alice@example.org\r\n\r\nx");
    }

    @Test
    void nameShouldNotHoldTheBlanksBeforeTheColon() {
        assertThat(parse("From \t: alice@example.org\r\n\r\n")
                        .first("from")
                        .orElseThrow()
                        .value())
                .isEqualTo("alice@example.org");
    }

    @Test
    void whatIsReadAgainShouldBeTheSameForAnyBytes() {
        Random random = new Random(3);
        String alphabet = "AB: \t\r\n\u00e9\0";
        for (int round = 0; round < 20_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(24); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            RawMessage once = parse(text.toString());
            RawMessage twice = RawMessage.parse(once.toBytes());

            assertThat(twice.toBytes()).isEqualTo(once.toBytes());
            assertThat(twice.fields().toString()).isEqualTo(once.fields().toString());
            assertThat(twice.body()).isEqualTo(once.body());
            assertThat(concatenated(once)).isEqualTo(once.toBytes());
        }
    }

    @Test
    void withoutFieldsShouldDropThemInAnyCaseOfLetters() {
        RawMessage message = parse(MESSAGE).withoutFields("subject", "RECEIVED");

        assertThat(text(message.toBytes())).isEqualTo("From: alice@example.org\r\n\r\nbody\r\n");
        assertThat(message.parts()).hasSize(2);
    }

    @Test
    void prependShouldPutFieldsOnTop() {
        RawMessage message = parse(MESSAGE).prepend("X-A: 1\r\nX-B: 2\r\n  3\r\n");

        assertThat(text(message.toBytes())).isEqualTo("X-A: 1\r\nX-B: 2\r\n  3\r\n" + MESSAGE);
        assertThat(message.fields()).hasSize(6);
    }

    @Test
    void appendShouldPutFieldsAtTheBottom() {
        RawMessage message = parse(MESSAGE).append("X-A: 1\r\nX-B: 2\r\n");

        assertThat(text(message.toBytes())).isEqualTo(MESSAGE.replace("\r\n\r\n", "\r\nX-A: 1\r\nX-B: 2\r\n\r\n"));
        assertThat(text(parse("\r\nx").append("X-A: 1\r\n").toBytes())).isEqualTo("X-A: 1\r\n\r\nx");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "X-A: 1",
                "X-A: 1\n",
                "X-A: 1\nX-B: 2\r\n",
                "X-A: 1\r\n\r\n",
                "X-A: 1\r\nno field\r\n",
                " X-A: 1\r\n"
            })
    void prependShouldRefuseWhatIsNotWholeFields(String block) {
        assertThatThrownBy(() -> parse(MESSAGE).prepend(block)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"a¤b¤,a¤b¤", "a¶b§c¤,a¤b¤c¤", "a,a¤", "'',''", "¶¶,¤¤", "a§,a¤", "a¤¶§b,a¤¤¤b¤"})
    void withCrlfBodyShouldMakeEachLineEndInCrlf(String got, String expected) {
        assertThat(text(parse("A: 1\r\n\r\n" + lines(got)).withCrlfBody().body()))
                .isEqualTo(lines(expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\0", "\r\r\n", "\n\r"})
    void withCrlfBodyShouldMissNothingWhereverItStands(String odd) {
        for (int before = 0; before < 20; before++) {
            for (int behind = 0; behind < 20; behind++) {
                String body = "\t".repeat(before % 3) + "x".repeat(before) + odd + "\u00e9".repeat(behind) + "\r\n";

                assertThat(text(parse("A: 1\r\n\r\n" + body).withCrlfBody().body()))
                        .as("%s before, %s behind", before, behind)
                        .matches("([^\r\n\0]*\r\n)+");
            }
        }
    }

    @Test
    void withCrlfBodyShouldLeaveACleanBodyAloneWhereverItsLinesEnd() {
        for (int length = 0; length < 40; length++) {
            RawMessage clean = parse("A: 1\r\n\r\n" + ("\t" + "y".repeat(length) + "\r\n").repeat(3));

            assertThat(clean.withCrlfBody()).isSameAs(clean);
        }
    }

    @Test
    void appendShouldKeepTheFieldsThatAreThere() {
        RawMessage longer =
                parse("A: 1\r\nB: 2\r\n 3\r\n\r\nbody\r\n").append("C: 4\r\n").append("A: 5\r\n");

        assertThat(longer.fields()).map(HeaderField::toString).containsExactly("A: 1", "B: 2 3", "C: 4", "A: 5");
        assertThat(text(longer.withoutFields("a").toBytes())).isEqualTo("B: 2\r\n 3\r\nC: 4\r\n\r\nbody\r\n");
    }

    /** The variants of {@code corpus/smtp/smuggling-vectors.json}. */
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
                "\r\n\0.\r\n",
                "\r\n.\0\r\n",
                "\r\r\n.\r\r\n",
                "\n\n.\r\n",
                "\n\n.\n",
                "\r\n.\r\r\n",
                "\r\r.\r\n"
            })
    void withCrlfBodyShouldLeaveOneWayToReadTheEndOfData(String endOfData) {
        String body = text(parse("Subject: outer\r\n\r\nbody" + endOfData + "MAIL FROM:<eve@evil.example>\r\n")
                .withCrlfBody()
                .body());

        assertThat(body).matches("([^\r\n\0]*\r\n)+").contains("\r\n.\r\n"); // which any client must dot-stuff
    }

    @Test
    void anyMailOfTheCorpusShouldBeReadTheSameWayTwice() throws IOException {
        Path corpus =
                Path.of("").toAbsolutePath().resolve("../../shared/corpus").normalize();
        assumeTrue(Files.isDirectory(corpus), "skipped: no corpus at " + corpus);
        int read = 0;
        try (Stream<Path> files = Files.walk(corpus)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".eml")).toList()) {
                RawMessage once = RawMessage.parse(Files.readAllBytes(file));
                RawMessage twice = RawMessage.parse(once.toBytes());

                assertThat(twice.toBytes()).as(file.toString()).isEqualTo(once.toBytes());
                assertThat(twice.fields().toString()).isEqualTo(once.fields().toString());
                assertThat(once.fields()).allMatch(field -> field.decodedValue().matches("\\P{Cc}*"));
                assertThat(Author.of(once)).isNotNull();
                read++;
            }
        }
        assertThat(read).isGreaterThan(300);
    }

    @ParameterizedTest
    @CsvSource({
        "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=,Grüße",
        "=?UTF-8?B?R3LDvMOfZQ==?=,Grüße",
        "=?iso-8859-1?q?caf=E9_au_lait?= today,café au lait today",
        "=?utf-8?B?w7w=?= =?utf-8?B?w58=?=,üß",
        "=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=,ü",
        "a =?utf-8?Q?b?= c =?utf-8?Q?d?=,a b c d",
        "=?x-unknown?Q?b?=,=?x-unknown?Q?b?=",
        "=?utf-8?B?***?=,=?utf-8?B?***?=",
        "=?utf-8*en?Q?b?=,b",
        "=?utf-8?Q?a=0D=0Ab?=,a  b",
        "plain = text?,plain = text?"
    })
    void decodedValueShouldBeForPeople(String value, String expected) {
        RawMessage message = RawMessage.parse(("Subject: " + value + "\r\n\r\n").getBytes(UTF_8));

        assertThat(message.first("Subject").orElseThrow().decodedValue()).isEqualTo(expected);
    }

    @Test
    void valueShouldTakeWhatIsNoUtf8ForLatin1() {
        assertThat(parse("Subject: caf\u00e9\r\n\r\n")
                        .first("Subject")
                        .orElseThrow()
                        .value())
                .isEqualTo("café");
        assertThat(RawMessage.parse("Subject: café\r\n\r\n".getBytes(UTF_8))
                        .first("Subject")
                        .orElseThrow()
                        .value())
                .isEqualTo("café");
    }

    private static RawMessage parse(String text) {
        return RawMessage.parse(text.getBytes(ISO_8859_1));
    }

    /** ¤ is CRLF, ¶ a bare LF, § a bare CR. */
    private static String lines(String text) {
        return text.replace("¤", "\r\n").replace('¶', '\n').replace('§', '\r');
    }

    private static byte[] concatenated(RawMessage message) {
        ByteBuffer all = ByteBuffer.allocate(message.size());
        message.parts().forEach(all::put);
        return all.array();
    }

    private static String text(ByteBuffer bytes) {
        return ISO_8859_1.decode(bytes).toString();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }
}
