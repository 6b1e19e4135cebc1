package io.postrider.benchmarks.jmh;

import io.postrider.dkim.DkimSigner;
import io.postrider.dkim.SigningKey;
import io.postrider.mail.RawMessage;
import io.postrider.route.HeaderSet;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.Warmup;

/** Signs a mail that was parsed already, with a key of 2048 bits. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class DkimSigning {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");

    /** Octets of the mail, about. */
    @Param({"4096", "65536"})
    public int size;

    private RawMessage message;
    private SigningKey key;

    /** Makes key and mail. */
    @Setup
    public void make() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        key = new SigningKey("sender.example", "s1", generator.generateKeyPair().getPrivate());
        message = RawMessage.parse(SampleMail.ofSize(size));
    }

    /** Body hash, header hash and the signature itself. */
    @Benchmark
    public String rsa2048() {
        return new DkimSigner(message).sign(key, HeaderSet.FULL, NOW);
    }
}
