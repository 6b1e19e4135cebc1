package io.postrider.bridge;

import io.postrider.mail.RawMessage;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.james.server.core.MimeMessageSource;

/** Gives James the bytes of a message, as often as it asks, without copying them. */
final class RawMessageSource implements MimeMessageSource {
    private static final AtomicLong LAST = new AtomicLong();

    private final RawMessage raw;
    private final long number = LAST.incrementAndGet();

    RawMessageSource(RawMessage raw) {
        this.raw = raw;
    }

    @Override
    public String getSourceId() {
        return "postrider-" + number;
    }

    @Override
    public InputStream getInputStream() {
        return new SequenceInputStream(Collections.enumeration(
                raw.parts().stream().map(ByteBufferInputStream::new).toList()));
    }

    @Override
    public long getMessageSize() {
        return raw.size();
    }
}
