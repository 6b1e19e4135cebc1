package io.postrider.benchmarks.jmh;

import io.postrider.bridge.MailCodec;
import io.postrider.mail.RawMessage;
import java.io.ByteArrayInputStream;
import java.util.concurrent.TimeUnit;
import javax.mail.MessagingException;
import javax.mail.internet.MimeMessage;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Attribute;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** What is done with the bytes of a mail between the SMTP session, the queue and the pipeline. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class MessageBytes {
    /** Octets of the mail, about. */
    @Param({"4096", "65536"})
    public int size;

    private byte[] message;
    private MailImpl mail;
    private byte[] encoded;

    /** Makes the mail. */
    @Setup
    public void make() throws MessagingException {
        message = SampleMail.ofSize(size);
        MailImpl submitted = MailImpl.builder()
                .name("01KAX3C0FB0000000000000000")
                .sender("shop@sender.example")
                .addRecipient("bob@example.com")
                .mimeMessage(new MimeMessage(null, new ByteArrayInputStream(message)))
                .addAttribute(Attribute.convertToAttribute("postrider.tenant", "default"))
                .addAttribute(Attribute.convertToAttribute("postrider.stream", "transactional"))
                .build();
        encoded = MailCodec.encode(submitted);
        mail = MailCodec.decode(encoded);
    }

    /** Lets go of it. */
    @TearDown
    public void dispose() {
        mail.dispose();
    }

    /** The header section, cut into its fields. */
    @Benchmark
    public RawMessage parse() {
        return RawMessage.parse(message);
    }

    /** To the bytes of a queue entry. */
    @Benchmark
    public byte[] encode() throws MessagingException {
        return MailCodec.encode(mail);
    }

    /** Back from them. */
    @Benchmark
    public void decode(Blackhole hole) throws MessagingException {
        MailImpl decoded = MailCodec.decode(encoded);
        hole.consume(decoded);
        decoded.dispose();
    }
}
