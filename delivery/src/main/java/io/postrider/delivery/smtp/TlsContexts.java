package io.postrider.delivery.smtp;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.postrider.route.Relay.Tls;
import io.postrider.route.Relay.TlsMode;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

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
        SslContextBuilder builder = SslContextBuilder.forClient();
        if (!isVerified(tls)) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
        } else if (tls.ca().isPresent()) {
            builder.trustManager(new ByteArrayInputStream(tls.ca().get().getBytes(StandardCharsets.US_ASCII)));
        }
        SslContext made = builder.build();
        contexts.put(tls, made);
        return made;
    }

    static SslHandler handler(SslContext context, Endpoint endpoint, ByteBufAllocator allocator) {
        SslHandler handler = context.newHandler(allocator, endpoint.host(), endpoint.port());
        if (isVerified(endpoint.tls())) {
            SSLParameters parameters = handler.engine().getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            handler.engine().setSSLParameters(parameters);
        }
        return handler;
    }

    /** Where clear text would do, an unverified certificate is better than that (RFC 7435). */
    private static boolean isVerified(Tls tls) {
        return tls.verify() && tls.mode() != TlsMode.OPPORTUNISTIC;
    }
}
