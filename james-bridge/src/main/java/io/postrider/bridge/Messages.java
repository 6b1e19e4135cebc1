package io.postrider.bridge;

import io.postrider.mail.RawMessage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import javax.mail.MessagingException;
import javax.mail.internet.MimeMessage;
import org.apache.james.server.core.MailImpl;
import org.apache.james.server.core.MimeMessageWrapper;
import org.apache.mailet.Mail;

/**
 * The message of a mail as bytes. JavaMail would change them: it rewrites header sections and makes {@code ?} of each 8-bit character there. So
 * what works on a message works on these bytes, and puts them back by {@link #replace}.
 */
public final class Messages {
    private Messages() {}

    /** The bytes that would leave now. */
    public static byte[] bytesOf(Mail mail) throws MessagingException {
        MimeMessage message = messageOf(mail);
        if (message instanceof BytesMessage bytes && !bytes.isModified()) {
            return bytes.raw().toBytes();
        }
        try {
            if (message instanceof MimeMessageWrapper wrapper) {
                try (InputStream in = wrapper.getMessageInputStream()) {
                    return in.readAllBytes();
                }
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            message.writeTo(out);
            return out.toByteArray();
        } catch (IOException e) {
            throw new MessagingException("mail " + mail.getName() + ": its message cannot be read", e);
        }
    }

    /** The same bytes in pieces, without copying them when they were put there by {@link #replace}. */
    static List<ByteBuffer> partsOf(Mail mail) throws MessagingException {
        return messageOf(mail) instanceof BytesMessage bytes && !bytes.isModified()
                ? bytes.raw().parts()
                : List.of(ByteBuffer.wrap(bytesOf(mail)));
    }

    /** The message that would leave now, without parsing it again when it was put there by {@link #replace}. */
    public static RawMessage rawOf(Mail mail) throws MessagingException {
        if (messageOf(mail) instanceof BytesMessage bytes && !bytes.isModified()) {
            return bytes.raw();
        }
        return RawMessage.parse(bytesOf(mail));
    }

    /** Gives the mail another message. The array is kept, not copied: the caller must not change it any more. */
    public static void replace(Mail mail, byte[] message) throws MessagingException {
        replace(mail, RawMessage.parse(message));
    }

    /** Gives the mail another message, without copying it when the mail is James's own. */
    public static void replace(Mail mail, RawMessage message) throws MessagingException {
        BytesMessage wrapped = new BytesMessage(message);
        if (mail instanceof MailImpl own) {
            own.setMessageNoCopy(wrapped);
        } else {
            mail.setMessage(wrapped);
        }
    }

    private static MimeMessage messageOf(Mail mail) throws MessagingException {
        MimeMessage message = mail.getMessage();
        if (message == null) {
            throw new MessagingException("mail " + mail.getName() + ": has no message");
        }
        return message;
    }
}
