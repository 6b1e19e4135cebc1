package io.postrider.simulator.smtp;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.ReadTimeoutHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.postrider.simulator.SimulatorMailbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * An SMTP server on loopback that plays the internet: it answers by the recipient's local part (see {@link Behaviour}), and keeps what it takes in memory, newest first.
 */
public final class SimulatorServer implements SimulatorMailbox, AutoCloseable {
    private static final long SHUTDOWN_MILLIS = 2000;

    private final EventLoopGroup loops = new NioEventLoopGroup(1, new DefaultThreadFactory("simulator", true));
    private final KeptMessages messages;
    private final Channel listener;

    /**
     * Starts to listen. Throws {@link UncheckedIOException} when the port is taken.
     *
     * @param tls what STARTTLS is done with; none means that it is not offered
     */
    public SimulatorServer(SimulatorSettings settings, Optional<SslContext> tls, Clock clock) {
        messages = new KeptMessages(settings.maxMessages(), settings.maxKeptBytes());
        Encounters encounters = new Encounters();
        var bound = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new ReadTimeoutHandler(
                                        settings.idleTimeout().toMillis(), TimeUnit.MILLISECONDS))
                                .addLast(new SimulatorSession(settings, messages, encounters, clock, tls));
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.port()))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            shutDown();
            throw new UncheckedIOException(
                    "simulator: port " + settings.port() + " cannot be listened on", new IOException(bound.cause()));
        }
        listener = bound.channel();
    }

    /** The port that it listens on. */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public List<SimulatedMessage> list(Optional<Long> below, int limit) {
        return messages.list(below, limit);
    }

    @Override
    public Optional<SimulatedMessage> find(long n) {
        return messages.find(n);
    }

    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        shutDown();
    }

    private void shutDown() {
        loops.shutdownGracefully(0, SHUTDOWN_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }
}
