package io.postrider.queue;

import io.postrider.bridge.AcceptedMail;
import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailCodec;
import io.postrider.bridge.Messages;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.testkit.Fixtures;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;

/** Mails for the queue. */
final class TestMails {
    private static final String MESSAGE = "From: alice@sender.example\r\nSubject: hello\r\n\r\nbody\r\n";

    private TestMails() {}

    /** A mail that is no message of ours. */
    static MailImpl plain(String name) throws MessagingException {
        return plain(name, "alice@sender.example", "bob@example.com");
    }

    static MailImpl plain(String name, String sender, String recipient) throws MessagingException {
        MailImpl mail = MailImpl.builder()
                .name(name)
                .sender(sender)
                .addRecipient(recipient)
                .build();
        Messages.replace(mail, MESSAGE.getBytes(StandardCharsets.US_ASCII));
        return mail;
    }

    /** A message of ours, as {@code EntryQueue.put} takes it. */
    static byte[] entry(MessageId id, EmailAddress... recipients) throws MessagingException {
        MailImpl mail = MailImpl.builder()
                .name(id.value())
                .sender(Fixtures.ALICE.toString())
                .build();
        mail.setRecipients(List.of(recipients).stream().map(Addresses::toJames).toList());
        Messages.replace(mail, MESSAGE.getBytes(StandardCharsets.US_ASCII));
        AcceptedMail.stamp(mail, Fixtures.message(id, recipients));
        return MailCodec.encode(mail);
    }

    static byte[] content() {
        return MESSAGE.getBytes(StandardCharsets.US_ASCII);
    }
}
