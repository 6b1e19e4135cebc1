package io.postrider.server.smtp.front;

import com.google.common.base.Splitter;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.commons.configuration2.HierarchicalConfiguration;
import org.apache.commons.configuration2.ex.ConfigurationException;
import org.apache.commons.configuration2.tree.ImmutableNode;
import org.apache.james.protocols.netty.AbstractChannelPipelineFactory;
import org.apache.james.smtpserver.netty.SMTPServer;
import org.apache.james.smtpserver.netty.SmtpMetrics;

/**
 * James's SMTP server with its handlers and hooks, over a pipeline of our own. What James reads of TLS, connection limits, timeouts and proxies in {@code
 * smtpserver.xml} is not looked at: those are settings.
 */
public final class PostriderSmtpServer extends SMTPServer {
    private static final int UNREAD_LOW = 32 * 1024;
    private static final int UNREAD_HIGH = 64 * 1024;
    private static final int DEFAULT_PORT = 25;

    private final FrontResources resources;
    private final FrontMetrics metrics;
    private final List<Channel> accepting = new CopyOnWriteArrayList<>();
    private List<InetSocketAddress> addresses = List.of();
    private ListenerContext context;

    @SuppressWarnings("NullAway.Init") // James sets a server up in steps
    PostriderSmtpServer(FrontResources resources, SmtpMetrics james, FrontMetrics metrics) {
        super(james);
        this.resources = resources;
        this.metrics = metrics;
    }

    /** Configures the server; James splits addresses at each colon and asks name servers for them, so it does not get to see them. */
    void configureAt(HierarchicalConfiguration<ImmutableNode> configuration) throws ConfigurationException {
        addresses = addressesOf(configuration.getString("bind", "0.0.0.0:" + DEFAULT_PORT));
        configuration.setProperty("bind", "0.0.0.0:0");
        configure(configuration);
    }

    static List<InetSocketAddress> addressesOf(String bind) throws ConfigurationException {
        List<InetSocketAddress> found = new ArrayList<>();
        for (String item : Splitter.on(',').trimResults().split(bind)) {
            try {
                HostAndPort parts = HostAndPort.fromString(item).withDefaultPort(DEFAULT_PORT);
                InetAddress address = InetAddresses.forString(parts.getHost());
                found.add(new InetSocketAddress(address, parts.getPort()));
            } catch (IllegalArgumentException e) {
                throw new ConfigurationException(
                        "bind: '" + item + "' (expected: an address and a port, such as 127.0.0.1:2587 or [::1]:2587)",
                        e);
            }
        }
        return found;
    }

    /** What it is for. */
    public Listener listener() {
        return context.listener();
    }

    @Override
    public void doConfigure(HierarchicalConfiguration<ImmutableNode> configuration) throws ConfigurationException {
        super.doConfigure(configuration);
        // A core has other work beside its connections, and fewer threads find more to do each time they wake.
        setIoWorkerCount(configuration.getInt(
                "ioWorkerCount", Math.max(1, Runtime.getRuntime().availableProcessors() / 2)));
        if (isEnabled()) {
            setListenAddresses(addresses.toArray(InetSocketAddress[]::new));
        }
    }

    @Override
    protected void buildSSLContext() {
        // The certificate is that of all listeners, and looks after itself.
    }

    @Override
    public void reloadSSLCertificate() {
        resources.certificate().refresh();
    }

    @Override
    protected void preInit() throws Exception {
        super.preInit();
        context = ListenerContext.of(
                Listener.named(jmxName),
                resources,
                new SMTPHandlerConfigurationDataImpl(),
                getProtocolHandlerChain(),
                metrics,
                System::nanoTime);
    }

    @Override
    protected void configureBootstrap(ServerBootstrap bootstrap) {
        super.configureBootstrap(bootstrap);
        setOptions(bootstrap);
        bootstrap.handler(new AcceptingChannels());
    }

    static void setOptions(ServerBootstrap bootstrap) {
        bootstrap.childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(UNREAD_LOW, UNREAD_HIGH));
        // A client that has said all, and ended its side, still gets its replies.
        bootstrap.childOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    }

    @Override
    protected AbstractChannelPipelineFactory<SocketChannel> createPipelineFactory() {
        return pipelineOf(context);
    }

    static AbstractChannelPipelineFactory<SocketChannel> pipelineOf(ListenerContext context) {
        return new PipelineFactory(context);
    }

    /** Takes no more connections, and lets those end that are there. */
    void beginToStop() {
        accepting.forEach(channel -> channel.close().awaitUninterruptibly());
        accepting.clear();
        if (context != null) {
            context.open().forEach(SmtpConnection::stop);
        }
    }

    /** Whether no connection is left that brings a message. */
    boolean isQuiet() {
        return context == null || context.open().stream().noneMatch(SmtpConnection::isReceiving);
    }

    @ChannelHandler.Sharable
    private final class AcceptingChannels extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            accepting.add(ctx.channel());
        }
    }

    private static final class PipelineFactory extends AbstractChannelPipelineFactory<SocketChannel> {
        private final ListenerContext context;

        @SuppressWarnings("NullAway") // James's own pipeline would have a framer and its threads
        PipelineFactory(ListenerContext context) {
            super(null, null);
            this.context = context;
        }

        @Override
        protected void initChannel(SocketChannel channel) {
            ChannelPipeline pipeline = channel.pipeline();
            InetAddress peer = channel.remoteAddress().getAddress();
            boolean behindProxy = context.limits().proxies().stream().anyMatch(network -> network.contains(peer));
            if (behindProxy) {
                pipeline.addLast(new HAProxyMessageDecoder());
            }
            if (context.listener().isTlsFromTheStart()) {
                pipeline.addLast(SmtpConnection.SSL_HANDLER, SmtpConnection.newSslHandler(context, channel));
            }
            pipeline.addLast(createHandler(channel, behindProxy));
        }

        private SmtpConnection createHandler(SocketChannel channel, boolean behindProxy) {
            return new SmtpConnection(context, channel, behindProxy);
        }

        @Override
        protected ChannelInboundHandlerAdapter createHandler() {
            throw new IllegalStateException("each connection has a handler that knows its channel");
        }
    }
}
