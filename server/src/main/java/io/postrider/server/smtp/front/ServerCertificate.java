package io.postrider.server.smtp.front;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.postrider.server.config.Secret;
import io.postrider.server.config.SmtpSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import nl.altindag.ssl.util.PemUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of the SMTP ports. When its files change, new connections get the new one; when what is there cannot be used, the old one stays, and {@link
 * #problem} says so. Safe for concurrent use.
 */
public final class ServerCertificate {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServerCertificate.class);
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    /** Authenticated ciphers first; those with CBC for senders that would go in clear text without. */
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA");

    private final SmtpSettings.Tls settings;
    private final List<Path> files;
    private final Clock clock;
    private volatile Loaded loaded;
    private volatile Optional<String> failure = Optional.empty();
    private List<String> lastTried;

    private record Identity(PrivateKey key, X509Certificate[] chain) {}

    private record Loaded(SslContext context, X509Certificate certificate) {}

    private ServerCertificate(SmtpSettings.Tls settings, List<Path> files, Clock clock) {
        this.settings = settings;
        this.files = files;
        this.clock = clock;
        this.lastTried = stamps();
        this.loaded = load();
    }

    /**
     * Reads the certificate.
     *
     * @param home what relative paths start from
     * @throws IllegalStateException when there is none that can be used
     */
    public static ServerCertificate open(Path home, SmtpSettings.Tls settings, Clock clock) {
        List<Path> files = settings
                .keystore()
                .map(List::of)
                .orElseGet(() -> List.of(settings.certificate(), settings.privateKey()))
                .stream()
                .map(home::resolve)
                .toList();
        return new ServerCertificate(settings, files, clock);
    }

    /** For the next connection. */
    SslContext context() {
        return loaded.context();
    }

    /** Why the certificate in use is not a good one, if so. */
    public Optional<String> problem() {
        if (failure.isPresent()) {
            return failure;
        }
        X509Certificate certificate = loaded.certificate();
        return certificate.getNotAfter().toInstant().isBefore(clock.instant())
                ? Optional.of("the certificate of the SMTP ports ended on "
                        + certificate.getNotAfter().toInstant())
                : Optional.empty();
    }

    /** Looks whether the files have changed, and reads them if so. */
    public synchronized void refresh() {
        List<String> now = stamps();
        if (now.equals(lastTried)) {
            return;
        }
        lastTried = now;
        try {
            loaded = load();
            failure = Optional.empty();
            LOGGER.info(
                    "SMTP has a new certificate: {}, until {}",
                    loaded.certificate().getSubjectX500Principal(),
                    loaded.certificate().getNotAfter().toInstant());
        } catch (IllegalStateException e) {
            failure = Optional.of(e.getMessage() + "; the one before is still in use");
            LOGGER.error("{}", failure.get(), e);
        }
    }

    private List<String> stamps() {
        return files.stream().map(ServerCertificate::stamp).toList();
    }

    private static String stamp(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.lastModifiedTime() + " " + attributes.size() + " " + attributes.fileKey();
        } catch (IOException e) {
            return "none";
        }
    }

    private Loaded load() {
        try {
            Identity identity = settings.keystore().isPresent() ? fromKeystore() : fromPem();
            checkPair(identity);
            SslContext context = SslContextBuilder.forServer(identity.key(), identity.chain())
                    .sslProvider(SslProvider.JDK)
                    .protocols(PROTOCOLS)
                    .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                    .build();
            return new Loaded(context, identity.chain()[0]);
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new IllegalStateException(
                    "the certificate of the SMTP ports cannot be used: " + files + ": " + e.getMessage(), e);
        }
    }

    private char[] password() {
        return settings.password().map(Secret::value).orElse("").toCharArray();
    }

    private Identity fromKeystore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(files.get(0).toFile(), password());
        for (String alias : Collections.list(store.aliases())) {
            if (store.getKey(alias, password()) instanceof PrivateKey key) {
                return identity(key, Arrays.asList(store.getCertificateChain(alias)));
            }
        }
        throw new IllegalArgumentException("no private key in it (expected: one, with its certificates)");
    }

    private Identity fromPem() throws IOException {
        try (InputStream certificates = Files.newInputStream(files.get(0));
                InputStream key = Files.newInputStream(files.get(1))) {
            return identity(
                    PemUtils.loadPrivateKey(key, settings.password().isPresent() ? password() : null),
                    PemUtils.loadCertificate(certificates));
        }
    }

    private static Identity identity(PrivateKey key, List<? extends Certificate> chain) {
        List<X509Certificate> certificates = new ArrayList<>();
        for (Certificate certificate : chain) {
            certificates.add((X509Certificate) certificate);
        }
        if (certificates.isEmpty()) {
            throw new IllegalArgumentException("no certificate in it (expected: that of the server, then its chain)");
        }
        return new Identity(key, certificates.toArray(X509Certificate[]::new));
    }

    /** One file may have been changed before the other. */
    private static void checkPair(Identity identity) throws GeneralSecurityException {
        String algorithm = Stream.of("RSA", "EC")
                .filter(identity.key().getAlgorithm()::equals)
                .findFirst()
                .map(name -> name.equals("EC") ? "SHA256withECDSA" : "SHA256withRSA")
                .orElse(identity.key().getAlgorithm());
        byte[] probe = "postrider".getBytes(StandardCharsets.US_ASCII);
        Signature signing = Signature.getInstance(algorithm);
        signing.initSign(identity.key());
        signing.update(probe);
        byte[] signature = signing.sign();
        Signature verifying = Signature.getInstance(algorithm);
        verifying.initVerify(identity.chain()[0].getPublicKey());
        verifying.update(probe);
        if (!verifying.verify(signature)) {
            throw new IllegalArgumentException("the private key is not that of the certificate");
        }
    }
}
