package io.postrider.bridge;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.RawMessage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.Properties;
import javax.mail.MessagingException;
import javax.mail.Session;
import javax.mail.internet.MimeMessage;
import org.apache.james.server.core.MailImpl;
import org.apache.james.server.core.MimeMessageInputStream;
import org.apache.james.server.core.MimeMessageInputStreamSource;
import org.apache.james.server.core.MimeMessageUtil;
import org.apache.james.server.core.MimeMessageWrapper;
import org.apache.mailet.Mail;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessagesTest {
    /** 8-bit header fields, odd folding, odd spacing, a bare CR and 8-bit bytes in the body. */
    private static final String HARD =
            "Subject:caf\u00e9  \r\n\t  x \r\nFROM : a@example.com\r\nX-Empty:\r\n\r\n\u00ff\rbody \r\n\r\n";

    private static final String BODY = "\u00ff\rbody \r\n\r\n";

    @ParameterizedTest
    @ValueSource(strings = {HARD, "\r\n", "\r\nFrom: not a field\r\n", "A: 1\r\n\r\n", "A: 1\r\n\r\n\r\nx"})
    void whatWasPutInShouldComeOutByteForByteInAllWays(String text) throws Exception {
        Mail mail = mail();
        Messages.replace(mail, bytes(text));

        assertThat(Messages.bytesOf(mail)).isEqualTo(bytes(text));
        assertThat(written(mail.getMessage())).isEqualTo(bytes(text));
        try (InputStream in = new MimeMessageInputStream(mail.getMessage())) {
            assertThat(in.readAllBytes()).isEqualTo(bytes(text));
        }
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        MimeMessageUtil.writeTo(mail.getMessage(), both, both, new String[0]);
        assertThat(both.toByteArray()).isEqualTo(bytes(text));
        ByteArrayOutputStream asTheFileRepositoryAsks = new ByteArrayOutputStream();
        ((MimeMessageWrapper) mail.getMessage()).writeTo(asTheFileRepositoryAsks, asTheFileRepositoryAsks, null, true);
        assertThat(asTheFileRepositoryAsks.toByteArray()).isEqualTo(bytes(text));
        assertThat(mail.getMessageSize()).isEqualTo(text.length());
        mail.getMessage().getAllHeaderLines();
        assertThat(Messages.bytesOf(mail)).isEqualTo(bytes(text));
    }

    @Test
    void copiesThatJamesMakesShouldHoldTheSameBytes() throws Exception {
        Mail mail = mail();
        Messages.replace(mail, bytes(HARD));
        Mail copy = mail.duplicate();
        Mail copyOfTheCopy = MailImpl.duplicate(copy);

        assertThat(Messages.bytesOf(copy)).isEqualTo(bytes(HARD));
        assertThat(copy.getMessageSize()).isEqualTo(HARD.length());
        assertThat(Messages.rawOf(copy).fields()).hasSize(3);
        Messages.replace(copy, Messages.rawOf(copy).prepend("X-New: 1\r\n"));
        assertThat(Messages.bytesOf(copy)).isEqualTo(bytes("X-New: 1\r\n" + HARD));
        assertThat(Messages.bytesOf(mail)).isEqualTo(bytes(HARD));
        assertThat(copyOfTheCopy.getRecipients()).isEqualTo(mail.getRecipients());
    }

    @Test
    void aMessageInPiecesShouldBeWrittenWhole() throws Exception {
        Mail mail = mail();
        RawMessage raw = RawMessage.parse(bytes(HARD)).withoutFields("X-Empty").prepend("X-Top: 1\r\n");
        Messages.replace(mail, raw);

        assertThat(Messages.rawOf(mail)).isSameAs(raw);
        assertThat(Messages.bytesOf(mail)).isEqualTo(raw.toBytes());
        assertThat(written(mail.getMessage())).isEqualTo(raw.toBytes());
        assertThat(Messages.bytesOf(mail.duplicate())).isEqualTo(raw.toBytes());
    }

    @Test
    void javaMailShouldReadTheSameMessage() throws Exception {
        Mail mail = mail();
        Messages.replace(mail, bytes("Subject: Hello\r\nContent-Type: text/plain\r\n\r\nHello\r\nthere\r\n"));
        MimeMessage message = mail.getMessage();

        assertThat(message.getSubject()).isEqualTo("Hello");
        assertThat(message.getSize()).isEqualTo(14);
        assertThat(message.getRawInputStream().readAllBytes()).isEqualTo(bytes("Hello\r\nthere\r\n"));
        assertThat(message.getContent()).isEqualTo("Hello\r\nthere\r\n");
        assertThat(Messages.bytesOf(mail)).hasSize((int) mail.getMessageSize());
    }

    @Test
    void aChangeThroughJavaMailShouldShow() throws Exception {
        Mail mail = mail();
        Messages.replace(mail, bytes(HARD));
        mail.getMessage().addHeader("X-Stock-Mailet", "was here");
        mail.getMessage().saveChanges();

        RawMessage raw = Messages.rawOf(mail);

        assertThat(raw.first("X-Stock-Mailet").orElseThrow().value()).isEqualTo("was here");
        assertThat(ISO_8859_1.decode(raw.body()).toString()).isEqualTo(BODY);
        assertThat(mail.getMessageSize()).isEqualTo(raw.size());
        assertThat(Messages.bytesOf(mail.duplicate())).isEqualTo(raw.toBytes());
    }

    @Test
    void aChangedBodyShouldShow() throws Exception {
        Mail mail = mail();
        Messages.replace(mail, bytes("Subject: Hello\r\n\r\nHello\r\n"));
        mail.getMessage().setText("Bye\r\n");
        mail.getMessage().saveChanges();

        assertThat(ISO_8859_1.decode(Messages.rawOf(mail).body()).toString()).isEqualTo("Bye\r\n");
    }

    @Test
    void bytesOfShouldReadWhatJamesReceivedWithoutRewriting() throws Exception {
        MimeMessageInputStreamSource source =
                MimeMessageInputStreamSource.create("test", new ByteArrayInputStream(bytes(HARD)));
        MailImpl mail = mail();
        mail.setMessageNoCopy(new MimeMessageWrapper(source));

        assertThat(Messages.bytesOf(mail)).isEqualTo(bytes(HARD));
        assertThat(Messages.rawOf(mail).toBytes()).isEqualTo(bytes(HARD));
    }

    @Test
    void bytesOfShouldWriteAnyOtherMimeMessage() throws Exception {
        MimeMessage plain = new MimeMessage(Session.getInstance(new Properties()));
        plain.setSubject("Hello");
        plain.setText("Hello");
        Mail mail = mail();
        mail.setMessage(plain);

        assertThat(Messages.rawOf(mail).first("Subject").orElseThrow().value()).isEqualTo("Hello");
    }

    @Test
    void bytesOfShouldSayThatThereIsNoMessage() throws Exception {
        Mail mail = mail();

        org.assertj.core.api.Assertions.assertThatThrownBy(() -> Messages.bytesOf(mail))
                .isInstanceOf(MessagingException.class)
                .hasMessage("mail m1: has no message");
    }

    private static MailImpl mail() {
        return MailImpl.builder().name("m1").addRecipients("bob@example.org").build();
    }

    private static byte[] written(MimeMessage message) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        message.writeTo(out);
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(ISO_8859_1);
    }
}
