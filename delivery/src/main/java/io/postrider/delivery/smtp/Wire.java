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
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Commands out, replies in, strictly in turn: a reply counts only for a command whose last byte has left, and nothing may lie unread
 * when a command, message data or a TLS handshake begins. Whatever breaks that, a timeout or the end of the connection is one loss, told
 * once. Lives on the event loop of its channel.
 */
final class Wire extends ChannelInboundHandlerAdapter {
    private final ReplyDecoder decoder;
    private final Consumer<Loss> onLoss;
    private final Deque<Command> awaiting = new ArrayDeque<>();
    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> timer;
    private @Nullable Runnable whenQuiet;
    private boolean reading;
    private boolean lost;

    /** @param greeting awaits the reply that the peer begins with */
    Wire(ReplyDecoder decoder, Command greeting, Consumer<Loss> onLoss) {
        this.decoder = decoder;
        this.onLoss = onLoss;
        greeting.sent();
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
        for (Command command : commands) {
            if (lost) {
                return;
            }
            command.writeDown();
            awaiting.add(command);
            ByteBuf line = ByteBufUtil.writeUtf8(context().alloc(), command.line() + "\r\n");
            context().write(line).addListener(written -> {
                if (written.isSuccess()) {
                    command.sent();
                } else {
                    lose(Loss.of(breakOf(written.cause())));
                }
            });
        }
        if (!lost) {
            context().flush();
            watchNext();
        }
    }

    /** Sends message data chunk by chunk, and then awaits the reply to its end. */
    void stream(Iterator<ByteBuf> chunks, Duration blockTimeout, Command endOfData, Runnable onSent) {
        while (!lost) {
            ByteBuf chunk = chunks.next();
            boolean last = !chunks.hasNext();
            watch(
                    blockTimeout,
                    "the peer did not take a block of message data within " + blockTimeout.toMillis() + " ms");
            ChannelFuture written = context().writeAndFlush(chunk);
            if (last) {
                written.addListener(done -> streamed(done, endOfData, onSent));
                return;
            }
            if (!written.isDone()) {
                written.addListener(done -> {
                    if (done.isSuccess()) {
                        stream(chunks, blockTimeout, endOfData, onSent);
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
            endOfData.writeDown();
            endOfData.sent();
            awaiting.add(endOfData);
            watchNext();
            onSent.run();
        }
    }

    /** Makes everything from here on go through TLS; call it when quiet. */
    void startTls(SslHandler tls, Duration timeout, Runnable onSecured) {
        context().pipeline().addFirst(tls);
        awaitHandshake(tls, timeout, onSecured);
    }

    void awaitHandshake(SslHandler tls, Duration timeout, Runnable onSecured) {
        watch(timeout, "the TLS handshake took more than " + timeout.toMillis() + " ms");
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
        unwatch();
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
                "no reply to " + next.shown() + " within " + next.timeout().toMillis() + " ms");
    }

    private void watch(Duration timeout, String reason) {
        unwatch();
        timer = context().executor().schedule(() -> lose(Loss.of(reason)), timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void unwatch() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("the wire is in no pipeline");
        }
        return context;
    }
}
