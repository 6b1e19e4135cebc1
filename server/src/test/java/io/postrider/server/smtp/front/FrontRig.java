package io.postrider.server.smtp.front;

import com.codahale.metrics.MetricRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.postrider.bridge.Messages;
import io.postrider.security.bouncycastle.SelfSignedCertificate;
import io.postrider.server.config.Settings;
import io.postrider.server.config.SettingsReader;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.server.smtp.command.LineDispatcher;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import javax.mail.MessagingException;
import org.apache.james.metrics.dropwizard.DropWizardMetricFactory;
import org.apache.james.protocols.api.handler.ProtocolHandler;
import org.apache.james.protocols.api.handler.ProtocolHandlerChainImpl;
import org.apache.james.protocols.smtp.SMTPConfigurationImpl;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.MailCmdHandler;
import org.apache.james.protocols.smtp.core.NoopCmdHandler;
import org.apache.james.protocols.smtp.core.QuitCmdHandler;
import org.apache.james.protocols.smtp.core.RcptCmdHandler;
import org.apache.james.protocols.smtp.core.RsetCmdHandler;
import org.apache.james.protocols.smtp.core.UnknownCmdHandler;
import org.apache.james.protocols.smtp.core.WelcomeMessageHandler;
import org.apache.james.protocols.smtp.core.esmtp.EhloCmdHandler;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.smtpserver.JamesMessageHook;
import org.apache.mailet.Mail;

/** A listener on a socket, with handlers of James that know no store. */
final class FrontRig implements AutoCloseable {
    final List<String> messages = new CopyOnWriteArrayList<>();
    final AtomicLong ahead = new AtomicLong();
    final ListenerContext context;
    final ServerCertificate certificate;
    volatile CountDownLatch hold = new CountDownLatch(0);

    private final NioEventLoopGroup loops = new NioEventLoopGroup(2);
    private final FrontResources resources;
    private final Channel accepting;

    /** @param hooks asked beside the handlers that are always there; a hook of messages among them takes the place of ours */
    FrontRig(Path home, Listener listener, Map<String, String> environment, ProtocolHandler... hooks) throws Exception {
        Path key = home.resolve("keys/smtp.key.pem");
        java.nio.file.Files.createDirectories(home.resolve("keys"));
        if (!java.nio.file.Files.exists(key)) {
            SelfSignedCertificate.create(key, home.resolve("keys/smtp.cert.pem"), "mx.example.com", Clock.systemUTC());
        }
        Map<String, String> all = new HashMap<>(Map.of("POSTRIDER_HOST_NAME", "mx.example.com"));
        all.putAll(environment);
        Settings settings = SettingsReader.read(home.resolve("conf"), all);
        certificate = ServerCertificate.open(home, settings.smtp().tls(), Clock.systemUTC());
        resources = new FrontResources(settings, certificate, home.resolve("incoming"), Clock.systemUTC());
        DropWizardMetricFactory metrics = new DropWizardMetricFactory(new MetricRegistry());
        ProtocolHandlerChainImpl chain = new ProtocolHandlerChainImpl();
        chain.addAll(List.of(
                new WelcomeMessageHandler(),
                new LineDispatcher(),
                new EhloCmdHandler(metrics),
                new NoopCmdHandler(),
                new MailCmdHandler(metrics),
                new RcptCmdHandler(metrics),
                new RsetCmdHandler(),
                new QuitCmdHandler(metrics),
                new UnknownCmdHandler(metrics),
                new StartTlsHandler(),
                new DataHandler()));
        if (Stream.of(hooks).noneMatch(JamesMessageHook.class::isInstance)) {
            chain.add((JamesMessageHook) this::take);
        }
        chain.addAll(List.of(hooks));
        chain.wireExtensibleHandlers();
        context = ListenerContext.of(
                listener,
                resources,
                new SMTPConfigurationImpl() {
                    @Override
                    public String getHelloName() {
                        return "mx.example.com";
                    }

                    @Override
                    public long getMaxMessageSize() {
                        return 1_000_000;
                    }
                },
                chain,
                FrontMetrics.of(metrics),
                () -> System.nanoTime() + ahead.get());
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(PostriderSmtpServer.pipelineOf(context));
        PostriderSmtpServer.setOptions(bootstrap);
        accepting = bootstrap
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
    }

    private HookResult take(SMTPSession session, Mail mail) {
        try {
            hold.await();
            messages.add(new String(Messages.bytesOf(mail), StandardCharsets.ISO_8859_1));
            return SmtpReplies.ok("250", "2.6.0 Taken");
        } catch (MessagingException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    int port() {
        return ((InetSocketAddress) accepting.localAddress()).getPort();
    }

    boolean isOfTheNetwork(Thread thread) {
        return StreamSupport.stream(loops.spliterator(), false).anyMatch(loop -> loop.inEventLoop(thread));
    }

    /** Waits until the worker, if there is one only, has come to the end of all that was given to it. */
    void awaitIdleWorker() throws InterruptedException {
        CountDownLatch reached = new CountDownLatch(1);
        resources.workers().execute(reached::countDown);
        reached.await();
    }

    /** Waits until all threads of the network have come to the end of what was given to them, and have looked for what has come. */
    void awaitNetwork() throws InterruptedException {
        for (int look = 0; look < 2; look++) {
            for (EventExecutor loop : loops) {
                loop.submit(() -> {}).await();
            }
        }
    }

    void passes(Duration time) {
        ahead.addAndGet(time.toNanos());
    }

    @Override
    public void close() throws InterruptedException {
        hold.countDown();
        accepting.close().sync();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        resources.close();
    }
}
