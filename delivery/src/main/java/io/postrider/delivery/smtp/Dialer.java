package io.postrider.delivery.smtp;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.postrider.route.Relay.TlsMode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/** Finds the addresses of a host and connects to the first that answers. Lookups block, so they have threads of their own. */
final class Dialer {
    private final Executor lookups;
    private final TlsContexts contexts = new TlsContexts();
    private final int connectMillis;

    Dialer(Executor lookups, Duration connectTimeout) {
        this.lookups = lookups;
        this.connectMillis = (int) Math.min(Integer.MAX_VALUE, connectTimeout.toMillis());
    }

    /** Races to the addresses of one host; see {@link Race}. */
    Race race(int port, Duration delay, EventLoop loop, List<Itinerary.Leg> legs, Race.Listener listener) {
        return new Race(loop, port, connectMillis, delay, legs, listener);
    }

    /** Answers on the event loop: what TLS needs, or why there is nothing. */
    void prepareTls(
            Endpoint endpoint, EventLoop loop, Consumer<Optional<SslContext>> onPrepared, Consumer<String> onFailure) {
        lookups.execute(() -> {
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

    /** What is needed before the first byte. */
    record Prepared(List<InetAddress> addresses, Optional<SslContext> tls) {}

    /** Answers on the event loop: what was prepared, or why not. */
    void prepare(Endpoint endpoint, EventLoop loop, Consumer<Prepared> onPrepared, Consumer<String> onFailure) {
        lookups.execute(() -> {
            try {
                Optional<SslContext> tls = tlsOf(endpoint);
                Prepared prepared = new Prepared(List.of(InetAddress.getAllByName(endpoint.host())), tls);
                loop.execute(() -> onPrepared.accept(prepared));
            } catch (UnknownHostException e) {
                loop.execute(() -> onFailure.accept("no address found for host '" + endpoint.host() + "'"));
            } catch (SSLException | RuntimeException e) {
                loop.execute(() -> onFailure.accept("tls.ca: " + Wire.reasonOf(e)));
            }
        });
    }

    /**
     * Tries one address after the other.
     *
     * @param onChannel equips the channel of each try
     * @param onFailure gets the reason of the last one
     */
    void connect(
            Endpoint endpoint,
            Iterator<InetAddress> addresses,
            EventLoop loop,
            Consumer<SocketChannel> onChannel,
            Runnable onConnected,
            Consumer<String> onFailure) {
        ChannelFuture connecting = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        onChannel.accept(channel);
                    }
                })
                .connect(new InetSocketAddress(addresses.next(), endpoint.port()));
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                onConnected.run();
            } else if (addresses.hasNext()) {
                connect(endpoint, addresses, loop, onChannel, onConnected, onFailure);
            } else {
                onFailure.accept(Wire.reasonOf(done.cause()));
            }
        });
    }
}
