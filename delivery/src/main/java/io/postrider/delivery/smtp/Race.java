package io.postrider.delivery.smtp;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import io.postrider.delivery.smtp.Itinerary.Leg;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the addresses of one host, one after the other, without waiting for long until the next
 * (<a href="https://datatracker.ietf.org/doc/html/rfc8305#section-5">RFC 8305, section 5</a>); the first connection wins. Lives on one event loop.
 */
final class Race {
    /** Hears how it went: of failures, and then of one end, unless it is called off. */
    interface Listener {
        void failed(Leg leg, String reason);

        /** The address of the leg's source is none of this machine. */
        void sourceFailed(Leg leg, String reason);

        /** @param untried what is not known to fail */
        void won(SocketChannel channel, Leg leg, List<Leg> untried);

        void lost();
    }

    private final EventLoop loop;
    private final int port;
    private final int connectMillis;
    private final Duration delay;
    private final Listener listener;
    private final Deque<Leg> toCome;
    private final Map<Leg, ChannelFuture> running = new LinkedHashMap<>();
    private @Nullable Future<?> timer;
    private boolean over;

    Race(EventLoop loop, int port, int connectMillis, Duration delay, Collection<Leg> legs, Listener listener) {
        this.loop = loop;
        this.port = port;
        this.connectMillis = connectMillis;
        this.delay = delay;
        this.toCome = new ArrayDeque<>(legs);
        this.listener = listener;
    }

    void start() {
        stopTimer();
        if (over) {
            return;
        }
        if (toCome.isEmpty()) {
            if (running.isEmpty()) {
                over = true;
                listener.lost();
            }
            return;
        }
        Leg leg = toCome.remove();
        if (!toCome.isEmpty()) {
            timer = loop.schedule(this::start, delay.toMillis(), TimeUnit.MILLISECONDS);
        }
        ChannelFuture connecting = connect(leg);
        running.put(leg, connecting);
        connecting.addListener(done -> ended(leg, connecting));
    }

    void callOff() {
        over = true;
        stopTimer();
        discardTheRunning();
    }

    private ChannelFuture connect(Leg leg) {
        SocketAddress local = leg.source()
                .map(source -> new InetSocketAddress(source.address(), 0))
                .orElse(null);
        return new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectMillis)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.AUTO_READ, false) // until the winner has its handlers
                .handler(new ChannelInboundHandlerAdapter())
                .connect(new InetSocketAddress(leg.stop().address(), port), local);
    }

    private void ended(Leg leg, ChannelFuture connecting) {
        running.remove(leg);
        if (over) {
            discard(connecting);
        } else if (connecting.isSuccess()) {
            over = true;
            stopTimer();
            List<Leg> untried =
                    Stream.concat(running.keySet().stream(), toCome.stream()).toList();
            discardTheRunning();
            listener.won((SocketChannel) connecting.channel(), leg, untried);
        } else {
            String reason = Wire.reasonOf(connecting.cause());
            if (leg.source().isPresent() && isAboutTheSource(connecting.cause())) {
                listener.sourceFailed(leg, reason);
            } else {
                listener.failed(leg, reason);
            }
            start();
        }
    }

    private static boolean isAboutTheSource(Throwable cause) {
        return Stream.iterate(cause, found -> found != null, Throwable::getCause)
                .anyMatch(BindException.class::isInstance);
    }

    /** Each one ends while it is closed, and takes itself out. */
    private void discardTheRunning() {
        List.copyOf(running.values()).forEach(Race::discard);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nothing to do once it is closed
    private static void discard(ChannelFuture connecting) {
        connecting.channel().close();
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
