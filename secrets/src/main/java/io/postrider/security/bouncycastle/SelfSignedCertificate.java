package io.postrider.security.bouncycastle;

import io.postrider.security.file.SecretFiles;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.IPAddress;
import org.bouncycastle.util.io.pem.PemObject;
import org.bouncycastle.util.io.pem.PemWriter;

/**
 * The certificate of a fresh install, until the operator puts a real one in its place. RSA-2048, because every SMTP client that can do
 * TLS at all can do that; valid for the host name, {@code localhost} and {@code 127.0.0.1}, for ten years.
 */
public final class SelfSignedCertificate {
    private static final int KEY_BITS = 2048;
    private static final int SERIAL_BITS = 127;
    private static final int MOST_COMMON_NAME = 64;
    private static final Duration CLOCK_SKEW = Duration.ofDays(1);
    private static final int YEARS = 10;

    private SelfSignedCertificate() {}

    /**
     * Writes a new key (PKCS#8) and its certificate as PEM, both with mode 0600, and replaces what was there. Throws {@link
     * IllegalArgumentException} for what is no host name or IP address.
     */
    public static void create(Path keyPem, Path certPem, String hostName, Clock clock) {
        if (!hostName.matches("[A-Za-z0-9_]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9_])?")) {
            throw new IllegalArgumentException("hostName: '" + hostName + "' (expected: a host name or an IP address)");
        }
        try {
            SecureRandom random = new SecureRandom();
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(KEY_BITS, random);
            KeyPair keys = generator.generateKeyPair();
            X509CertificateHolder certificate = sign(keys, hostName, clock.instant(), random);
            SecretFiles.write(keyPem, pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
            SecretFiles.write(certPem, pem("CERTIFICATE", certificate.getEncoded()));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("cannot make a certificate for " + hostName, e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make a certificate for " + hostName, e);
        }
    }

    private static X509CertificateHolder sign(KeyPair keys, String hostName, Instant now, SecureRandom random)
            throws IOException, OperatorCreationException {
        X500Name name = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, "Postrider")
                .addRDN(BCStyle.CN, hostName.length() <= MOST_COMMON_NAME ? hostName : "localhost")
                .build();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name,
                new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS - 1),
                Date.from(now.minus(CLOCK_SKEW)),
                Date.from(now.atOffset(ZoneOffset.UTC).plusYears(YEARS).toInstant()),
                name,
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(
                Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(namesFor(hostName)));
        return builder.build(new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate()));
    }

    private static GeneralName[] namesFor(String hostName) {
        Set<String> names = new LinkedHashSet<>();
        names.add(hostName);
        names.add("localhost");
        names.add("127.0.0.1");
        return names.stream()
                .map(name ->
                        new GeneralName(IPAddress.isValid(name) ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toArray(GeneralName[]::new);
    }

    private static String pem(String type, byte[] der) throws IOException {
        StringWriter text = new StringWriter();
        try (PemWriter writer = new PemWriter(text)) {
            writer.writeObject(new PemObject(type, der));
        }
        return text.toString();
    }
}
