package io.postrider.bridge;

import io.postrider.mail.RawMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import javax.mail.MessagingException;
import javax.mail.Session;
import org.apache.james.server.core.MimeMessageWrapper;
import org.jspecify.annotations.Nullable;

/**
 * A message over bytes in memory. Until somebody changes it through JavaMail, it is written exactly as it is; James's own class parses and
 * rewrites the header section even then. Mails that James splits are written and read again, so their copies hold the same bytes.
 */
final class BytesMessage extends MimeMessageWrapper {
    /** James asks for it anew each time. */
    private static final Session SESSION = Session.getDefaultInstance(System.getProperties());

    private final RawMessage raw;

    BytesMessage(RawMessage raw) throws MessagingException {
        super(SESSION, new RawMessageSource(raw));
        this.raw = raw;
    }

    /** The message as it was put in. */
    RawMessage raw() {
        return raw;
    }

    @Override
    public void writeTo(OutputStream headerOs, OutputStream bodyOs, String @Nullable [] ignoreList, boolean preLoad)
            throws IOException, MessagingException {
        // James's file repository gives null for nothing to ignore.
        if (isModified() || ignoreList != null && ignoreList.length > 0) {
            super.writeTo(headerOs, bodyOs, ignoreList, preLoad);
            return;
        }
        write(raw.header(), headerOs);
        write(raw.body(), bodyOs);
    }

    @Override
    public InputStream getMessageInputStream() throws MessagingException {
        if (isModified()) {
            return super.getMessageInputStream();
        }
        return new RawMessageSource(raw).getInputStream();
    }

    @Override
    public InputStream getRawInputStream() throws MessagingException {
        return isBodyModified() ? super.getRawInputStream() : new ByteBufferInputStream(raw.body());
    }

    @Override
    public int getSize() throws MessagingException {
        return isBodyModified() ? super.getSize() : raw.body().remaining();
    }

    private static void write(ByteBuffer bytes, OutputStream out) throws IOException {
        WritableByteChannel channel = Channels.newChannel(out);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
