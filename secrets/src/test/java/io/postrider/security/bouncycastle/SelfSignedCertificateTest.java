package io.postrider.security.bouncycastle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelfSignedCertificateTest {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");

    @TempDir
    Path secrets;

    @Test
    void theCertificateShouldNameTheHostAndLoopback() throws Exception {
        X509Certificate certificate = create("mail.example.com");

        assertThat(certificate.getSubjectAlternativeNames())
                .containsExactly(List.of(2, "mail.example.com"), List.of(2, "localhost"), List.of(7, "127.0.0.1"));
        assertThat(certificate.getSubjectX500Principal().getName()).contains("CN=mail.example.com");
    }

    @Test
    void anAddressShouldStandAsAnAddress() throws Exception {
        assertThat(create("192.0.2.7").getSubjectAlternativeNames()).contains(List.of(7, "192.0.2.7"));
    }

    @Test
    void localhostShouldStandOnce() throws Exception {
        assertThat(create("localhost").getSubjectAlternativeNames())
                .containsExactly(List.of(2, "localhost"), List.of(7, "127.0.0.1"));
    }

    @Test
    void aLongHostNameShouldStandWhereItFits() throws Exception {
        String host = "a".repeat(60) + "." + "b".repeat(60) + ".example.com";

        assertThat(create(host).getSubjectAlternativeNames()).contains(List.of(2, host));
    }

    @Test
    void theCertificateShouldLastTenYears() throws Exception {
        X509Certificate certificate = create("mail.example.com");

        assertThat(certificate.getNotBefore().toInstant()).isEqualTo(Instant.parse("2026-11-24T12:00:00Z"));
        assertThat(certificate.getNotAfter().toInstant()).isEqualTo(Instant.parse("2036-11-25T12:00:00Z"));
    }

    @Test
    void theKeyShouldBeTheOneOfTheCertificate() throws Exception {
        X509Certificate certificate = create("mail.example.com");

        assertThat(((RSAPrivateCrtKey) key()).getModulus())
                .isEqualTo(((RSAPublicKey) certificate.getPublicKey()).getModulus())
                .satisfies(modulus -> assertThat(modulus.bitLength()).isEqualTo(2048));
        certificate.verify(certificate.getPublicKey());
    }

    @Test
    void bothFilesShouldBeReadableByTheirOwnerOnly() throws Exception {
        create("mail.example.com");

        for (Path file : List.of(keyFile(), certificateFile())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void aClientThatTrustsTheCertificateShouldConnectToLocalhost() throws Exception {
        X509Certificate certificate = create("mail.example.com");
        ExecutorService server = Executors.newSingleThreadExecutor();
        try (SSLServerSocket listener = (SSLServerSocket)
                serverContext(certificate).getServerSocketFactory().createServerSocket(0)) {
            Future<Integer> received = server.submit(() -> {
                try (SSLSocket socket = (SSLSocket) listener.accept()) {
                    return socket.getInputStream().read();
                }
            });
            try (SSLSocket client = (SSLSocket)
                    clientContext(certificate).getSocketFactory().createSocket("localhost", listener.getLocalPort())) {
                SSLParameters parameters = client.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                client.setSSLParameters(parameters);
                client.getOutputStream().write(42);
            }

            assertThat(received.get()).isEqualTo(42);
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void whatIsNoHostNameShouldBeRefused() {
        assertThatThrownBy(() -> create("mail example"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("hostName: 'mail example' (expected: a host name or an IP address)");
        assertThat(keyFile()).doesNotExist();
    }

    private X509Certificate create(String hostName) throws IOException, GeneralSecurityException {
        SelfSignedCertificate.create(keyFile(), certificateFile(), hostName, Clock.fixed(NOW, ZoneOffset.UTC));
        try (InputStream pem = Files.newInputStream(certificateFile())) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
        }
    }

    private PrivateKey key() throws IOException, GeneralSecurityException {
        String base64 = Files.readString(keyFile())
                .replace("-----BEGIN PRIVATE KEY-----", "")
                .replace("-----END PRIVATE KEY-----", "");
        return KeyFactory.getInstance("RSA")
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(base64)));
    }

    private SSLContext serverContext(X509Certificate certificate) throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        store.setKeyEntry("server", key(), new char[0], new Certificate[] {certificate});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    private static SSLContext clientContext(X509Certificate certificate) throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        store.setCertificateEntry("server", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, new char[0]);
        return store;
    }

    private Path keyFile() {
        return secrets.resolve("tls.key");
    }

    private Path certificateFile() {
        return secrets.resolve("tls.crt");
    }
}
