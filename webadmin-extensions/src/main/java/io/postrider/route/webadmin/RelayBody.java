package io.postrider.route.webadmin;

import io.postrider.route.HeaderSet;
import io.postrider.route.Relay;
import io.postrider.route.Relay.TlsMode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A relay as it is put: what is left out gets its default. */
record RelayBody(
        @Nullable String host,
        @Nullable Integer port,
        @Nullable TlsBody tls,
        @Nullable String username,
        @Nullable String password,
        @Nullable Integer maxConnections,
        @Nullable Integer messagesPerConnection,
        @Nullable String headerSet) {
    static final int DEFAULT_PORT = 587;
    static final int DEFAULT_IMPLICIT_TLS_PORT = 465;
    static final int DEFAULT_MAX_CONNECTIONS = 10;
    static final int DEFAULT_MESSAGES_PER_CONNECTION = 100;

    record TlsBody(
            @Nullable String mode,
            @Nullable Boolean verify,
            @Nullable String ca) {}

    /** The relay; without a password it keeps that of the old one, if the user name is the same. */
    Relay toRelay(String name, Optional<Relay> old) {
        if (host == null) {
            throw new IllegalArgumentException("host: missing (expected: a host name or an IP address)");
        }
        Relay.Tls security = security();
        int defaultPort = security.mode() == TlsMode.IMPLICIT ? DEFAULT_IMPLICIT_TLS_PORT : DEFAULT_PORT;
        return new Relay(
                name,
                host,
                port == null ? defaultPort : port,
                security,
                Optional.ofNullable(username),
                secretOver(old),
                maxConnections == null ? DEFAULT_MAX_CONNECTIONS : maxConnections,
                messagesPerConnection == null ? DEFAULT_MESSAGES_PER_CONNECTION : messagesPerConnection,
                headers(host));
    }

    private Optional<String> secretOver(Optional<Relay> old) {
        if (password != null) {
            return Optional.of(password);
        }
        return username == null
                ? Optional.empty()
                : old.filter(relay -> relay.username().equals(Optional.of(username)))
                        .flatMap(Relay::password);
    }

    private Relay.Tls security() {
        TlsBody given = tls == null ? new TlsBody(null, null, null) : tls;
        TlsMode mode = given.mode() == null ? TlsMode.STARTTLS : parse("tls.mode", given.mode(), TlsMode.values());
        boolean mustBeSecure = mode == TlsMode.STARTTLS || mode == TlsMode.IMPLICIT;
        boolean verify = given.verify() == null ? mustBeSecure : given.verify();
        return new Relay.Tls(mode, verify, Optional.ofNullable(given.ca()).map(RelayBody::requireCertificates));
    }

    private HeaderSet headers(String host) {
        if (headerSet != null) {
            return parse("headerSet", headerSet, HeaderSet.values());
        }
        String lowerCase = host.toLowerCase(Locale.ROOT);
        boolean ses = lowerCase.endsWith(".amazonaws.com") || lowerCase.endsWith(".amazonaws.com.cn");
        return ses ? HeaderSet.SES : HeaderSet.FULL;
    }

    private static String requireCertificates(String pem) {
        try {
            byte[] bytes = pem.getBytes(StandardCharsets.US_ASCII);
            if (CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes))
                    .isEmpty()) {
                throw new IllegalArgumentException("tls.ca: no certificate (expected: one or more in PEM)");
            }
            return pem;
        } catch (CertificateException e) {
            throw new IllegalArgumentException("tls.ca: unreadable (expected: one or more certificates in PEM)", e);
        }
    }

    private static <E extends Enum<E>> E parse(String property, String text, E[] known) {
        return Arrays.stream(known)
                .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(property + ": '" + text + "' (expected one of: "
                        + Arrays.stream(known)
                                .map(value -> value.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))
                        + ")"));
    }

    @Override
    public String toString() {
        return "RelayBody[" + host + "]";
    }
}
