package io.postrider.mail;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SevenBitTest {
    /** ¤ stands for CRLF, and the text for its UTF-8 bytes. */
    private static String converted(String message) {
        byte[] bytes = message.replace("¤", "\r\n").getBytes(StandardCharsets.UTF_8);
        return new String(SevenBit.of(RawMessage.parse(bytes)).toBytes(), StandardCharsets.UTF_8).replace("\r\n", "¤");
    }

    @Test
    void textShouldBecomeQuotedPrintableAndKeepItsLines() {
        assertThat(converted("MIME-Version: 1.0¤Content-Type: text/plain; charset=utf-8¤"
                        + "Content-Transfer-Encoding: 8bit¤¤Grüße = x ¤.ende¤"))
                .isEqualTo("MIME-Version: 1.0¤Content-Type: text/plain; charset=utf-8¤"
                        + "Content-Transfer-Encoding: quoted-printable¤¤Gr=C3=BC=C3=9Fe =3D x=20¤.ende¤");
    }

    @Test
    void aMessageWithoutMimeShouldGetItsFields() {
        assertThat(converted("From: a@b.test¤¤ü¤"))
                .isEqualTo("From: a@b.test¤MIME-Version: 1.0¤Content-Type: text/plain; charset=utf-8¤"
                        + "Content-Transfer-Encoding: quoted-printable¤¤=C3=BC¤");
    }

    @Test
    void bytesThatAreNoTextShouldBecomeBase64() {
        String message = converted("Content-Type: image/x; name=a¤Content-Transfer-Encoding: binary¤¤ü");

        assertThat(message)
                .startsWith("Content-Type: image/x; name=a¤")
                .contains("Content-Transfer-Encoding: base64¤¤");
        assertThat(Base64.getMimeDecoder()
                        .decode(message.substring(message.indexOf("¤¤") + 2).replace("¤", "")))
                .isEqualTo("ü".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void eachPartShouldBeConvertedByItself() {
        String plain = "Content-Type: text/plain¤¤only ascii¤";
        assertThat(converted(
                        "Content-Type: multipart/mixed; boundary=\"b 1\"¤Content-Transfer-Encoding: 8bit¤¤preamble¤--b 1¤"
                                + plain + "¤--b 1¤Content-Type: text/html¤Content-Transfer-Encoding: 8bit¤¤<ü>¤--b 1¤"
                                + "¤--b 1--¤epilogue¤"))
                .isEqualTo(
                        "Content-Type: multipart/mixed; boundary=\"b 1\"¤MIME-Version: 1.0¤Content-Transfer-Encoding: 7bit¤¤"
                                + "preamble¤--b 1¤" + plain + "¤--b 1¤Content-Type: text/html¤"
                                + "Content-Transfer-Encoding: quoted-printable¤¤<=C3=BC>¤--b 1¤¤--b 1--¤epilogue¤");
    }

    @Test
    void anAttachedMessageShouldBeConvertedWithin() {
        assertThat(converted("Content-Type: message/rfc822¤Content-Transfer-Encoding: 8bit¤¤Subject: x¤¤ü¤"))
                .contains("Content-Transfer-Encoding: 7bit¤¤Subject: x¤")
                .endsWith("Content-Transfer-Encoding: quoted-printable¤¤=C3=BC¤");
    }

    @Test
    void displayNamesShouldBecomeEncodedWordsAndAddressesStay() {
        assertThat(
                        converted(
                                "From: Jürgen <j@b.test>¤To: \"Ü, \\\"x\\\"\" <u@b.test>, plain@b.test,¤ Plain <p@b.test>¤Cc: ü@b.test¤¤x¤"))
                .isEqualTo(
                        "From: =?utf-8?B?SsO8cmdlbg==?= <j@b.test>¤To: =?utf-8?B?w5wsICJ4Ig==?= <u@b.test>,¤ plain@b.test,¤"
                                + " Plain <p@b.test>¤Cc: ü@b.test¤¤x¤");
    }

    @ParameterizedTest
    @ValueSource(strings = {"signed", "encrypted"})
    void whatASignatureCoversShouldStay(String kind) {
        String message = "Content-Type: multipart/" + kind + "; boundary=b¤¤--b¤Content-Type: text/plain¤"
                + "Content-Transfer-Encoding: 8bit¤¤ü¤--b--¤";

        assertThat(converted(message)).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Subject: x¤¤plain¤",
                "Content-Transfer-Encoding: quoted-printable¤¤=C3=BC¤",
                "Content-Transfer-Encoding: base64¤¤w7w=¤",
                "Content-Type: multipart/mixed¤¤--no boundary¤",
                "Subject: x¤¤"
            })
    void whatNeedsNothingShouldStay(String message) {
        assertThat(converted(message)).isEqualTo(message);
    }

    @Test
    void aSubjectShouldBecomeEncodedWordsThatReadTheSame() {
        String subject = "Grüße an alle, die auf ein sehr langes Betreff-Feld mit Umlauten warten: äöüß 😀";

        String message = converted("Subject: " + subject + "¤¤x¤");

        assertThat(SevenBit.hasEightBit(
                        RawMessage.parse(message.replace("¤", "\r\n").getBytes(StandardCharsets.UTF_8))))
                .isFalse();
        assertThat(RawMessage.parse(message.replace("¤", "\r\n").getBytes(StandardCharsets.UTF_8))
                        .first("Subject")
                        .orElseThrow()
                        .decodedValue())
                .isEqualTo(subject);
    }

    @Test
    void linesThatAreTooLongShouldBeEncodedAndDecodeToTheSame() {
        String line = "x".repeat(5000);
        RawMessage message = RawMessage.parse(("a: b\r\n\r\n" + line + "\r\n").getBytes(StandardCharsets.US_ASCII));

        RawMessage encoded = SevenBit.of(message);

        assertThat(SevenBit.hasLongLines(message)).isTrue();
        assertThat(SevenBit.hasLongLines(encoded)).isFalse();
        String body = StandardCharsets.US_ASCII.decode(encoded.body()).toString();
        assertThat(body.lines()).allMatch(each -> each.length() <= 76);
        assertThat(body.replace("=\r\n", "")).isEqualTo(line + "\r\n");
    }

    @Test
    void aLineOf998BytesShouldNotBeLong() {
        byte[] message = ("a: b\r\n\r\n" + "x".repeat(998) + "\r\n").getBytes(StandardCharsets.US_ASCII);

        assertThat(SevenBit.hasLongLines(RawMessage.parse(message))).isFalse();
    }

    @Test
    void partsInPartsWithoutEndShouldNotExhaustTheStack() {
        String nested = "Content-Type: message/rfc822¤¤".repeat(5000) + "¤ü¤";

        assertThat(converted(nested)).contains("ü");
    }
}
