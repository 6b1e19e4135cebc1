package io.postrider.security.corretto;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.postrider.dkim.CachedSigningKeys;
import io.postrider.dkim.DkimKeys;
import io.postrider.dkim.DkimSamples;
import io.postrider.dkim.DkimSigner;
import io.postrider.dkim.SigningKey;
import io.postrider.dkim.TestVerifier;
import io.postrider.domain.DkimKey;
import io.postrider.domain.DnsRecords;
import io.postrider.domain.InMemorySendingDomains;
import io.postrider.domain.SendingDomain;
import io.postrider.mail.RawMessage;
import io.postrider.route.HeaderSet;
import java.nio.file.Path;
import java.security.Provider;
import java.security.Security;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Amazon Corretto Crypto Provider signs holds, and is what the JDK signs. Skipped where its native library is not there for the system. */
class CorrettoCryptoTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");
    private static final String DOMAIN = "example.com";
    private static final DkimKey KEY = DkimKeys.generate("pr1", NOW);
    private static final SendingDomain SENDING_DOMAIN =
            new SendingDomain(DOMAIN, "default", "bounce.example.com", List.of(KEY), NOW);
    private static final String TXT = new DnsRecords("out.example", "in.example")
            .of(SENDING_DOMAIN)
            .get(0)
            .value();

    @TempDir
    static Path directory;

    private static SigningKey corretto;
    private static SigningKey jdk;

    @BeforeAll
    static void findProviders() {
        Optional<Provider> found = CorrettoCrypto.find(directory);
        assumeTrue(
                found.isPresent(),
                "skipped: Amazon Corretto Crypto Provider does not load on " + System.getProperty("os.name") + " "
                        + System.getProperty("os.arch") + ", the log says why");
        corretto = keyOf(found.get());
        jdk = keyOf(Security.getProvider("SunRsaSign"));
    }

    private static SigningKey keyOf(Provider provider) {
        InMemorySendingDomains domains = new InMemorySendingDomains();
        domains.put(SENDING_DOMAIN);
        return new CachedSigningKeys(domains, Clock.fixed(NOW, ZoneOffset.UTC), Optional.of(provider))
                .activeFor(DOMAIN)
                .get(0);
    }

    @Test
    void itShouldBeTheOneThatSigns() {
        assertThat(corretto.provider().orElseThrow().getName()).isEqualTo("AmazonCorrettoCryptoProvider");
        assertThat(corretto.privateKey().getClass().getName()).startsWith("com.amazon.corretto.crypto.provider.");
        assertThat(jdk.privateKey().getClass().getName()).startsWith("sun.security.rsa.");
        assertThat(Security.getProvider("AmazonCorrettoCryptoProvider")).isNull(); // nobody else gets it
    }

    @Test
    void whatItSignsShouldVerifyAsWhatTheJdkSigns() throws Exception {
        for (Map.Entry<String, String> sample : DkimSamples.all().entrySet()) {
            for (HeaderSet set : HeaderSet.values()) {
                byte[] signed = signed(sample.getValue(), corretto, set);

                assertThat(verdict(signed)).as(sample.getKey()).isTrue();
                assertThat(verdict(with(signed, "alice@", "mallory@", "bob@", "mallory@")))
                        .as(sample.getKey() + ", changed")
                        .isFalse();
                // RSA PKCS#1 v1.5 has no randomness.
                assertThat(signed).as(sample.getKey()).isEqualTo(signed(sample.getValue(), jdk, set));
            }
        }
    }

    @Test
    void itShouldSignForManyThreadsAtATime() throws Exception {
        String message = DkimSamples.all().get("plain");
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<byte[]>> signing = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                signing.add(threads.submit(() -> signed(message, corretto, HeaderSet.FULL)));
            }
            byte[] expected = signed(message, jdk, HeaderSet.FULL);
            for (Future<byte[]> signed : signing) {
                assertThat(signed.get()).isEqualTo(expected);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aSignatureOfAnotherKeyShouldNotVerify() throws Exception {
        DkimKey other = DkimKeys.generate(KEY.selector(), NOW);
        InMemorySendingDomains domains = new InMemorySendingDomains();
        domains.put(new SendingDomain(DOMAIN, "default", "bounce.example.com", List.of(other), NOW));
        SigningKey foreign = new CachedSigningKeys(domains, Clock.fixed(NOW, ZoneOffset.UTC), corretto.provider())
                .activeFor(DOMAIN)
                .get(0);

        assertThat(verdict(signed(DkimSamples.all().get("plain"), foreign, HeaderSet.FULL)))
                .isFalse();
    }

    private static byte[] signed(String text, SigningKey key, HeaderSet set) {
        RawMessage message = RawMessage.parse(text.getBytes(ISO_8859_1));
        return message.prepend(new DkimSigner(message).sign(key, set, NOW)).toBytes();
    }

    /** On the topmost signature, which is ours. */
    private static boolean verdict(byte[] signed) throws Exception {
        return TestVerifier.verify(signed, name -> name.equals("pr1._domainkey.example.com") ? TXT : "p=")
                .get(0);
    }

    private static byte[] with(byte[] message, String... replacements) {
        String text = new String(message, ISO_8859_1);
        for (int i = 0; i < replacements.length; i += 2) {
            text = text.replace(replacements[i], replacements[i + 1]);
        }
        return text.getBytes(ISO_8859_1);
    }
}
