package io.postrider.delivery.smtp;

import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.postrider.route.Relay.TlsMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/** What is needed to connect. Certificates to trust are read on threads of their own, as that blocks. */
final class Dialer {
    private final Executor readers;
    private final TlsContexts contexts = new TlsContexts();
    private final int connectMillis;

    Dialer(Executor readers, Duration connectTimeout) {
        this.readers = readers;
        this.connectMillis = (int) Math.min(Integer.MAX_VALUE, connectTimeout.toMillis());
    }

    /** Races to the addresses of one host; see {@link Race}. */
    Race race(int port, Duration delay, EventLoop loop, List<Itinerary.Leg> legs, Race.Listener listener) {
        return new Race(loop, port, connectMillis, delay, legs, listener);
    }

    /** Answers on the event loop: what TLS needs, or why there is nothing. */
    void prepareTls(
            Endpoint endpoint, EventLoop loop, Consumer<Optional<SslContext>> onPrepared, Consumer<String> onFailure) {
        readers.execute(() -> {
            try {
                Optional<SslContext> tls = tlsOf(endpoint);
                loop.execute(() -> onPrepared.accept(tls));
            } catch (SSLException | RuntimeException e) {
                loop.execute(() -> onFailure.accept("tls.ca: " + Wire.reasonOf(e)));
            }
        });
    }

    private Optional<SslContext> tlsOf(Endpoint endpoint) throws SSLException {
        return endpoint.tls().mode() == TlsMode.NONE
                ? Optional.empty()
                : Optional.of(contexts.contextFor(endpoint.tls()));
    }
}
