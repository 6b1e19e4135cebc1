package io.postrider.delivery.smtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Commands out, replies in, strictly in turn: a reply counts only for a command whose last byte has left, and nothing may lie unread
 * when a command, message data or a TLS handshake begins. Whatever breaks that, a timeout or the end of the connection is one loss, told
 * once. Lives on the event loop of its channel.
 */
final class Wire extends ChannelInboundHandlerAdapter {
    /** An idle socket takes that much in one go. */
    private static final int MOST_BYTES_OF_A_WRITE = 4096;

    private static final int LINES_BYTES = 256;
    private static final int CRLF = '\r' << 8 | '\n';

    private final ReplyDecoder decoder;
    private final Consumer<Loss> onLoss;
    private final Deque<Command> awaiting = new ArrayDeque<>();
    private @Nullable ChannelHandlerContext context;
    private @Nullable Alarm alarm;
    private Supplier<String> ifTooLate = () -> "";
    private @Nullable Runnable whenQuiet;
    private boolean reading;
    private boolean lost;

    /** @param greeting awaits the reply that the peer begins with */
    Wire(ReplyDecoder decoder, Command greeting, Consumer<Loss> onLoss) {
        this.decoder = decoder;
        this.onLoss = onLoss;
        greeting.expected();
        awaiting.add(greeting);
    }

    /** Starts the time for the greeting. */
    void awaitGreeting() {
        watchNext();
    }

    /** Runs the action once the peer has said nothing more than it was asked for; else the connection is lost. */
    void whenQuiet(Runnable action) {
        if (lost) {
            return;
        }
        if (reading) {
            whenQuiet = action;
        } else {
            runIfQuiet(action);
        }
    }

    void send(List<Command> commands) {
        if (!lost) {
            write(commands);
            context().flush();
        }
        if (!lost) {
            watchNext();
        }
    }

    /**
     * Sends message data chunk by chunk, and then awaits the reply to its end.
     *
     * @param behind what goes out with the end of the data, for a peer that offers PIPELINING (RFC 2920, section 3.1)
     */
    void stream(
            Iterator<ByteBuf> chunks, Duration blockTimeout, Command endOfData, List<Command> behind, Runnable onSent) {
        while (!lost) {
            ByteBuf chunk = chunks.next();
            watch(
                    blockTimeout,
                    () -> "the peer did not take a block of message data within " + blockTimeout.toMillis() + " ms");
            if (!chunks.hasNext()) {
                awaiting.add(endOfData);
                context().write(chunk).addListener(done -> streamed(done, endOfData, onSent));
                write(behind);
                context().flush();
                return;
            }
            ChannelFuture written = context().writeAndFlush(chunk);
            if (!written.isDone()) {
                written.addListener(done -> {
                    if (done.isSuccess()) {
                        stream(chunks, blockTimeout, endOfData, behind, onSent);
                    } else {
                        lose(Loss.of(breakOf(done.cause())));
                    }
                });
                return;
            }
            if (!written.isSuccess()) {
                lose(Loss.of(breakOf(written.cause())));
            }
        }
    }

    private void streamed(Future<?> written, Command endOfData, Runnable onSent) {
        if (!written.isSuccess()) {
            lose(Loss.of(breakOf(written.cause())));
        } else if (!lost) {
            endOfData.sent();
            watchNext();
            onSent.run();
        }
    }

    /**
     * Few writes for many commands. A reply counts only for a command whose last byte has left, and it is a write of which we hear that: so what does not fit
     * into the buffers of a socket in one go must be more than one.
     */
    private void write(List<Command> commands) {
        int from = 0;
        while (from < commands.size() && !lost) {
            ByteBuf lines = context().alloc().buffer(LINES_BYTES);
            int to = from;
            while (to < commands.size() && (to == from || lines.readableBytes() < MOST_BYTES_OF_A_WRITE)) {
                Command command = commands.get(to++);
                awaiting.add(command);
                ByteBufUtil.writeUtf8(lines, command.line());
                ByteBufUtil.writeShortBE(lines, CRLF);
            }
            List<Command> written = commands.subList(from, to);
            context().write(lines).addListener(done -> {
                if (!done.isSuccess()) {
                    lose(Loss.of(breakOf(done.cause())));
                } else if (!lost) {
                    written.forEach(Command::sent);
                }
            });
            from = to;
        }
    }

    /** Makes everything from here on go through TLS; call it when quiet. */
    void startTls(SslHandler tls, Duration timeout, Runnable onSecured) {
        context().pipeline().addFirst(tls);
        awaitHandshake(tls, timeout, onSecured);
    }

    void awaitHandshake(SslHandler tls, Duration timeout, Runnable onSecured) {
        watch(timeout, () -> "the TLS handshake took more than " + timeout.toMillis() + " ms");
        tls.handshakeFuture().addListener(done -> {
            if (lost) {
                return;
            }
            if (done.isSuccess()) {
                unwatch();
                onSecured.run();
            } else {
                lose(new Loss(
                        "TLS handshake: " + reasonOf(done.cause()),
                        Optional.empty(),
                        isAboutTheCertificate(done.cause())));
            }
        });
    }

    /** Ends the connection, for the reason given. */
    @SuppressWarnings("FutureReturnValueIgnored") // whether and when it closes changes nothing
    void lose(Loss loss) {
        if (lost) {
            return;
        }
        lost = true;
        if (alarm != null) {
            alarm.end();
        }
        whenQuiet = null;
        awaiting.clear();
        context().close();
        onLoss.accept(loss);
    }

    Channel channel() {
        return context().channel();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        alarm = new Alarm(ctx.executor(), () -> lose(Loss.of(ifTooLate.get())));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading = true;
        if (lost) {
            return;
        }
        ServerReply reply = (ServerReply) message;
        Command command = awaiting.peek();
        if (command == null || !command.isSent()) {
            String reason = reply.code() == 421
                    ? "the peer hung up: " + reply.reply()
                    : "the peer sent a reply that nothing had asked for: " + reply.reply();
            lose(new Loss(reason, Optional.of(reply)));
            return;
        }
        awaiting.remove();
        unwatch();
        command.answered(reply);
        if (!lost && !awaiting.isEmpty()) {
            watchNext();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        Runnable action = whenQuiet;
        whenQuiet = null;
        if (action != null && !lost) {
            runIfQuiet(action);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lose(Loss.of("the peer closed the connection"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        lose(Loss.of(breakOf(cause)));
    }

    private static String breakOf(Throwable cause) {
        boolean ofTheNetwork = cause instanceof IOException && !(cause instanceof SSLException);
        return (ofTheNetwork ? "the connection broke: " : "") + reasonOf(cause);
    }

    static String reasonOf(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null && !(root instanceof MalformedReplyException)) {
            root = root.getCause();
        }
        if (root instanceof MalformedReplyException) {
            return "the peer sent " + root.getMessage();
        }
        String message = Printable.text(rootOf(root));
        return isAboutTheCertificate(cause) ? "the certificate of the peer cannot be trusted: " + message : message;
    }

    /** What the first cause of all says. */
    static String rootOf(Throwable cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    /** What the JDK says then, such as "Signature does not match.", tells nobody what it is about. */
    private static boolean isAboutTheCertificate(Throwable cause) {
        return Stream.iterate(cause, found -> found != null, Throwable::getCause)
                .anyMatch(CertificateException.class::isInstance);
    }

    private void runIfQuiet(Runnable action) {
        if (decoder.hasUnread()) {
            lose(Loss.of("the peer sent more than it was asked for"));
        } else {
            action.run();
        }
    }

    private void watchNext() {
        Command next = awaiting.element();
        watch(
                next.timeout(),
                () -> "no reply to " + next.shown() + " within "
                        + next.timeout().toMillis() + " ms");
    }

    private void watch(Duration timeout, Supplier<String> reason) {
        ifTooLate = reason;
        alarm().set(timeout);
    }

    private void unwatch() {
        alarm().lift();
    }

    private Alarm alarm() {
        if (alarm == null) {
            throw new IllegalStateException("the wire is in no pipeline");
        }
        return alarm;
    }

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("the wire is in no pipeline");
        }
        return context;
    }
}
