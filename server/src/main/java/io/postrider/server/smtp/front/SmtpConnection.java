package io.postrider.server.smtp.front;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.postrider.server.config.SmtpSettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.james.protocols.api.ProxyInformation;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection. What comes goes into a short queue; the conversation takes it from there, one thread at a time: that of the network as long as nothing can block, a
 * worker for the rest. Nothing more is read while the queue is full, and nothing is worked on while replies are unread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write or close that fails ends the channel, and that is seen
final class SmtpConnection extends ChannelInboundHandlerAdapter implements Admission.Guest {
    private static final Logger LOGGER = LoggerFactory.getLogger(SmtpConnection.class);
    static final String SSL_HANDLER = "sslHandler";

    private static final int QUEUE_FULL = 128 * 1024;
    private static final int QUEUE_LOW = 32 * 1024;
    private static final Duration LINGER = Duration.ofSeconds(2);
    private static final Duration LONGEST_WATCH = Duration.ofSeconds(5);
    /** A client that says nothing for so long in the middle of a transaction is not at work. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final ListenerContext listener;
    private final Channel channel;
    private final boolean behindProxy;
    private final FrontSession session;
    private final Conversation conversation;
    private final Deque<byte[]> queue = new ArrayDeque<>();
    private final AtomicInteger work = new AtomicInteger();
    private final long connectedAt;
    private int queued;
    private volatile boolean ended;
    private volatile boolean gone;
    private boolean disposed;
    private long lines;
    // What the watch looks at.
    private volatile Conversation.Phase phase = Conversation.Phase.NOTHING;
    private volatile long phaseSince;
    private volatile long heardAt;
    // Only for the thread of the network.
    private boolean started;
    private long received;
    private Optional<InetAddress> admitted = Optional.empty();
    private long unwritableSince;
    private long windowStart;
    private long windowReceived;
    private boolean inWindow;

    SmtpConnection(ListenerContext listener, Channel channel, boolean behindProxy) {
        this.listener = listener;
        this.channel = channel;
        this.behindProxy = behindProxy;
        this.connectedAt = listener.nanoTime().getAsLong();
        FrontTransport transport = new FrontTransport(channel, this::writeUnasked);
        this.session = new FrontSession(listener.configuration(), transport);
        this.conversation = new Conversation(listener, transport, session, new ToClient());
    }

    private void writeUnasked(org.apache.james.protocols.api.Response response) {
        conversation.write(response);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        listener.open().add(this);
        listener.metrics().connections().increment();
        watchLater();
        if (!behindProxy) {
            admit();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        gone = true;
        listener.open().remove(this);
        listener.metrics().connections().decrement();
        admitted.ifPresent(address -> listener.admission().leave(this, address));
        admitted = Optional.empty();
        wake();
    }

    private void admit() {
        InetAddress address = session.getRemoteAddress().getAddress();
        Optional<String> refusal = listener.admission().enter(this, address);
        if (refusal.isPresent()) {
            listener.metrics().refusedConnections().increment();
            note("connection refused", refusal.get());
            if (listener.listener().isTlsFromTheStart()) {
                // A 421 in clear text is garbage to a client that waits for TLS, and a handshake costs too much for it.
                channel.close();
            } else {
                byte[] reply = ("421 " + refusal.get() + "\r\n").getBytes(StandardCharsets.US_ASCII);
                channel.writeAndFlush(Unpooled.wrappedBuffer(reply)).addListener(ChannelFutureListener.CLOSE);
            }
            return;
        }
        admitted = Optional.of(address);
        if (!listener.listener().isTlsFromTheStart()) {
            start();
        }
    }

    private void start() {
        started = true;
        wake();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof HAProxyMessage header) {
                takeProxyHeader(header);
            } else if (message instanceof ByteBuf bytes && !conversation.isClosed()) {
                byte[] copy = new byte[bytes.readableBytes()];
                bytes.readBytes(copy);
                take(copy);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void takeProxyHeader(HAProxyMessage header) {
        if (header.command() == HAProxyCommand.PROXY && header.sourceAddress() != null) {
            session.setProxyInformation(new ProxyInformation(
                    new InetSocketAddress(header.sourceAddress(), header.sourcePort()),
                    new InetSocketAddress(header.destinationAddress(), header.destinationPort())));
        }
        admit();
    }

    private void take(byte[] bytes) {
        received += bytes.length;
        heardAt = listener.nanoTime().getAsLong();
        boolean full;
        synchronized (queue) {
            queue.addLast(bytes);
            queued += bytes.length;
            full = queued >= QUEUE_FULL;
            if (full) {
                channel.config().setAutoRead(false);
            }
        }
        wake();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        unwritableSince = listener.nanoTime().getAsLong();
        if (channel.isWritable()) {
            wake();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof SslHandshakeCompletionEvent handshake && !handshake.isSuccess()) {
            listener.metrics().failedHandshakes().increment();
        } else if (event instanceof SslHandshakeCompletionEvent
                && listener.listener().isTlsFromTheStart()
                && !started
                && admitted.isPresent()) {
            start();
        } else if (event instanceof ChannelInputShutdownEvent) {
            ended = true;
            if (started && !conversation.isClosed()) {
                wake();
            } else {
                channel.close();
            }
        }
        super.userEventTriggered(ctx, event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable fault = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        if (fault instanceof NotSslRecordException) {
            // Its text holds what came in place of TLS, which may be a password.
            note("no TLS record", "the client speaks clear text, or something else");
        } else {
            note("connection broken", fault.toString());
        }
        channel.close();
    }

    private void note(String kind, String text) {
        String who = AddressBlock.of(session.getRemoteAddress().getAddress()).text();
        listener.resources().strangers().info(who, kind + " on " + listener.listener(), text);
    }

    @Override
    public void sendAway(String text) {
        conversation.dismissBehindMessage(text);
    }

    @Override
    public boolean isAtWork() {
        return conversation.isInTransaction() && !isOver(listener.nanoTime().getAsLong(), heardAt, LONGEST_PAUSE);
    }

    /** The listener stops: a message on its way may end, all else ends now. */
    void stop() {
        conversation.dismissBehindMessage("4.3.2 Shutting down; try again in a minute");
    }

    boolean isReceiving() {
        return conversation.isReceiving();
    }

    /** Gives the conversation a turn on the thread of the network, as each thread more costs as much as most commands. */
    private void wake() {
        if (work.getAndIncrement() != 0) {
            return;
        }
        if (channel.eventLoop().inEventLoop()) {
            work(true);
            return;
        }
        try {
            channel.eventLoop().execute(() -> work(true));
        } catch (RejectedExecutionException e) {
            LOGGER.debug("the network has stopped", e);
            goOnWithWorker();
        }
    }

    private void goOnWithWorker() {
        listener.resources().workers().execute(() -> work(false));
    }

    private void work(boolean prompt) {
        int seen = work.get();
        while (true) {
            boolean more = false;
            try {
                more = advance(prompt);
            } catch (RejectedExecutionException e) {
                LOGGER.debug("the listener has stopped", e);
            } catch (RuntimeException | LinkageError | StackOverflowError e) {
                LOGGER.error("the conversation with {} failed", channel.remoteAddress(), e);
                channel.close();
            }
            if (more) {
                goOnWithWorker();
                return;
            }
            seen = work.addAndGet(-seen);
            if (seen == 0) {
                return;
            }
        }
    }

    private boolean advance(boolean prompt) {
        if (gone) {
            if (!disposed && prompt) {
                return true;
            }
            if (!disposed) {
                disposed = true;
                synchronized (queue) {
                    queue.clear();
                    queued = 0;
                }
                conversation.dispose();
                listener.resources().messageEnds().give();
            }
            return false;
        }
        if (!started) {
            return false;
        }
        boolean wasReceiving = conversation.isReceiving();
        boolean more = conversation.advance(prompt);
        if (wasReceiving && !conversation.isReceiving()) {
            listener.resources().messageEnds().give();
        }
        Conversation.Phase now = conversation.phase();
        // A line or a message that goes on is one wait, however many pieces it comes in.
        boolean sameWait = phase == now && lines == conversation.lines();
        lines = conversation.lines();
        if (!sameWait) {
            phaseSince = listener.nanoTime().getAsLong();
            phase = now;
        }
        return more;
    }

    // The watch.

    private void watchLater() {
        SmtpSettings.Timeouts timeouts = listener.settings().timeouts();
        long tick = LONGEST_WATCH.toNanos();
        for (Duration timeout : new Duration[] {
            timeouts.idle(),
            timeouts.line(),
            timeouts.write(),
            timeouts.data(),
            timeouts.message(),
            timeouts.handshake(),
            timeouts.authentication()
        }) {
            tick = Math.min(tick, timeout.toNanos() / 4);
        }
        channel.eventLoop().schedule(this::watch, tick, TimeUnit.NANOSECONDS);
    }

    private void watch() {
        if (!channel.isActive()) {
            return;
        }
        look(listener.nanoTime().getAsLong());
        watchLater();
    }

    private void look(long now) {
        SmtpSettings.Timeouts timeouts = listener.settings().timeouts();
        if (!started) {
            if (isOver(now, connectedAt, timeouts.handshake())) {
                channel.close();
            }
            return;
        }
        if (!channel.isWritable()) {
            if (isOver(now, unwritableSince, timeouts.write())) {
                note("replies unread", "closed after " + timeouts.write().toSeconds() + " seconds");
                channel.close();
            }
            return;
        }
        if (phase == Conversation.Phase.MESSAGE && isOver(now, phaseSince, timeouts.message())) {
            conversation.dismiss(
                    "4.4.2 A message was not ended within " + timeouts.message().toSeconds() + " seconds; closing");
            return;
        }
        if (work.get() != 0) {
            inWindow = false;
            return;
        }
        switch (phase) {
            case COMMAND -> {
                if (isOver(now, phaseSince, timeouts.idle())) {
                    conversation.dismiss(
                            "4.4.2 No command for " + timeouts.idle().toSeconds() + " seconds; closing");
                } else {
                    lookForAuthentication(now, timeouts);
                }
            }
            case LINE -> {
                if (isOver(now, phaseSince, timeouts.line())) {
                    conversation.dismiss("4.4.2 A command was not ended within "
                            + timeouts.line().toSeconds() + " seconds; closing");
                } else {
                    lookForAuthentication(now, timeouts);
                }
            }
            case MESSAGE -> lookAtRate(now, timeouts);
            default -> {}
        }
        if (phase != Conversation.Phase.MESSAGE) {
            inWindow = false;
        }
    }

    private void lookForAuthentication(long now, SmtpSettings.Timeouts timeouts) {
        if (listener.listener().isForAuthenticated()
                && !conversation.isAuthenticated()
                && isOver(now, connectedAt, timeouts.authentication())) {
            conversation.dismiss(
                    "4.7.0 No AUTH within " + timeouts.authentication().toSeconds() + " seconds; closing");
        }
    }

    private void lookAtRate(long now, SmtpSettings.Timeouts timeouts) {
        if (!inWindow) {
            inWindow = true;
            windowStart = now;
            windowReceived = received;
        } else if (isOver(now, windowStart, timeouts.data())) {
            if (received - windowReceived
                    < timeouts.minDataRate() * Math.max(1, timeouts.data().toSeconds())) {
                conversation.dismiss(
                        "4.4.2 The message comes at less than " + timeouts.minDataRate() + " octets a second; closing");
            }
            windowStart = now;
            windowReceived = received;
        }
    }

    private static boolean isOver(long now, long since, Duration timeout) {
        return now - since >= timeout.toNanos();
    }

    /** What the conversation sees of the connection. */
    private final class ToClient implements Conversation.Wire {
        @Override
        public byte @Nullable [] poll() {
            synchronized (queue) {
                byte[] next = queue.pollFirst();
                if (next != null) {
                    queued -= next.length;
                    if (queued < QUEUE_LOW && !channel.config().isAutoRead()) {
                        channel.config().setAutoRead(true);
                    }
                }
                return next;
            }
        }

        @Override
        public boolean hasMore() {
            synchronized (queue) {
                return !queue.isEmpty();
            }
        }

        @Override
        public boolean isEnded() {
            return ended;
        }

        @Override
        public boolean isWritable() {
            return channel.isWritable();
        }

        @Override
        public void write(byte[] bytes) {
            channel.writeAndFlush(Unpooled.wrappedBuffer(bytes), channel.voidPromise());
        }

        @Override
        public void startTls(byte[] ready) {
            channel.eventLoop().execute(() -> SmtpConnection.this.startTls(ready));
        }

        @Override
        public void close() {
            channel.eventLoop().execute(SmtpConnection.this::finish);
        }

        @Override
        public void wake() {
            SmtpConnection.this.wake();
        }

        @Override
        public void proven() {
            listener.admission().proven(SmtpConnection.this);
        }

        @Override
        public Optional<String> countCommand() {
            listener.metrics().commands().increment();
            return listener.admission().command(session.getRemoteAddress().getAddress());
        }
    }

    private void startTls(byte[] ready) {
        if (new ToClient().hasMore()) {
            conversation.tlsStarted();
            conversation.dismiss("4.7.0 Something followed STARTTLS before its reply; wait for the 220");
            return;
        }
        channel.writeAndFlush(Unpooled.wrappedBuffer(ready));
        channel.pipeline().addFirst(SSL_HANDLER, newSslHandler(listener, channel));
        conversation.tlsStarted();
        wake();
    }

    static SslHandler newSslHandler(ListenerContext listener, Channel channel) {
        FrontResources resources = listener.resources();
        SslHandler handler = resources.certificate().context().newHandler(channel.alloc(), resources.workers());
        handler.setHandshakeTimeoutMillis(
                listener.settings().timeouts().handshake().toMillis());
        return handler;
    }

    /** Closes such that the last reply arrives even if the client is still sending. */
    private void finish() {
        synchronized (queue) {
            queue.clear();
            queued = 0;
        }
        channel.config().setAutoRead(true);
        boolean plain = channel.pipeline().get(SslHandler.class) == null;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (plain && !ended && written.isSuccess() && channel instanceof SocketChannel socket) {
                socket.shutdownOutput();
            } else {
                channel.close();
            }
        });
        channel.eventLoop().schedule(() -> channel.close(), LINGER.toMillis(), TimeUnit.MILLISECONDS);
    }
}
