package io.postrider.testkit.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A certificate, made by the keytool of the JDK that runs; self-signed, if nothing else is said. */
public final class TestCertificate {
    private static final String PASSWORD = "changeit";
    private static final String ALIAS = "peer";
    private static final String AUTHORITY = "authority";
    private static final int PEM_LINE = 64;
    private static final long KEYTOOL_SECONDS = 60;

    private final KeyStore store;

    private TestCertificate(KeyStore store) {
        this.store = store;
    }

    /** @param subjectAlternativeNames as keytool takes them: {@code dns:localhost,ip:127.0.0.1} */
    public static TestCertificate with(String subjectAlternativeNames) {
        return made(List.of("-alias", ALIAS, "-dname", "CN=test peer", "-ext", "san=" + subjectAlternativeNames));
    }

    @SafeVarargs
    private static TestCertificate made(List<String>... keyPairs) {
        try {
            Path directory = Files.createTempDirectory("certificate");
            Path file = directory.resolve("store.p12");
            try {
                for (List<String> options : keyPairs) {
                    runKeytool(file, options);
                }
                KeyStore store = KeyStore.getInstance("PKCS12");
                try (InputStream in = Files.newInputStream(file)) {
                    store.load(in, PASSWORD.toCharArray());
                }
                return new TestCertificate(store);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One whose time was over yesterday, signed by an authority whose time is not. */
    public static TestCertificate expired(String subjectAlternativeNames) {
        return made(
                List.of("-alias", AUTHORITY, "-dname", "CN=test authority", "-ext", "bc:c"),
                List.of(
                        "-alias",
                        ALIAS,
                        "-dname",
                        "CN=test peer",
                        "-ext",
                        "san=" + subjectAlternativeNames,
                        "-signer",
                        AUTHORITY,
                        "-startdate",
                        "-31d"));
    }

    /** What a server presents this certificate with. */
    public SSLContext serverContext() {
        try {
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD.toCharArray());
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public X509Certificate certificate() {
        try {
            return (X509Certificate) store.getCertificate(ALIAS);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public PrivateKey privateKey() {
        try {
            return (PrivateKey) store.getKey(ALIAS, PASSWORD.toCharArray());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The certificate that vouches for this one, itself if it is self-signed, in PEM, for those who are to trust it. */
    public String pem() {
        try {
            Certificate[] chain = store.getCertificateChain(ALIAS);
            byte[] newline = "\n".getBytes(StandardCharsets.US_ASCII);
            String base64 =
                    Base64.getMimeEncoder(PEM_LINE, newline).encodeToString(chain[chain.length - 1].getEncoded());
            return "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n";
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void runKeytool(Path file, List<String> options) throws IOException {
        Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        List<String> command = new ArrayList<>(List.of(
                keytool.toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD));
        command.addAll(options);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (!process.waitFor(KEYTOOL_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException("keytool made no certificate: " + options);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while keytool ran", e);
        }
    }
}
