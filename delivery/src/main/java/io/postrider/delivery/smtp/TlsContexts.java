package io.postrider.delivery.smtp;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.postrider.route.Relay.Tls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Makes TLS contexts, and keeps the latest ones. Safe for concurrent use. */
final class TlsContexts {
    private static final int KEPT = 64;

    private final Map<Tls, SslContext> contexts = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Tls, SslContext> eldest) {
            return size() > KEPT;
        }
    });

    /** Throws {@link SSLException} or {@link IllegalArgumentException} when the certificates to trust cannot be read. */
    SslContext contextFor(Tls tls) throws SSLException {
        SslContext kept = contexts.get(tls);
        if (kept != null) {
            return kept;
        }
        SslContext made = SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .trustManager(new CertificateCheck(trust(tls), tls.verify()))
                .build();
        contexts.put(tls, made);
        return made;
    }

    static SslHandler handler(SslContext context, Endpoint endpoint, ByteBufAllocator allocator) {
        SslHandler handler = context.newHandler(allocator, endpoint.host(), endpoint.port());
        SSLParameters parameters = handler.engine().getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        handler.engine().setSSLParameters(parameters);
        return handler;
    }

    private static X509ExtendedTrustManager trust(Tls tls) throws SSLException {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(tls.ca().isPresent() ? storeOf(tls.ca().get()) : null);
            return Arrays.stream(factory.getTrustManagers())
                    .filter(X509ExtendedTrustManager.class::isInstance)
                    .map(X509ExtendedTrustManager.class::cast)
                    .findFirst()
                    .orElseThrow(() -> new SSLException("the platform has no trust manager for certificates"));
        } catch (GeneralSecurityException | IOException e) {
            throw e instanceof SSLException known ? known : new SSLException(e);
        }
    }

    private static KeyStore storeOf(String pem) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (Certificate certificate : CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))) {
            store.setCertificateEntry("ca" + store.size(), certificate);
        }
        if (store.size() == 0) {
            throw new CertificateException("no certificate in it (expected: one or more in PEM)");
        }
        return store;
    }
}
