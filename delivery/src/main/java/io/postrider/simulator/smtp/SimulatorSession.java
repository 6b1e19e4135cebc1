package io.postrider.simulator.smtp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.postrider.mail.EmailAddress;
import io.postrider.simulator.smtp.Behaviour.Stage;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One SMTP session of the simulator. */
final class SimulatorSession extends ByteToMessageDecoder {
    private static final Logger LOGGER = LoggerFactory.getLogger(SimulatorSession.class);
    private static final int MAX_COMMAND_BYTES = 4096;
    private static final int MAX_RECIPIENTS = 1000;
    private static final Pattern PATH = Pattern.compile("(?:FROM|TO):\\s*<([^>]*)>(.*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern SIZE = Pattern.compile("SIZE=(\\d{1,18})", Pattern.CASE_INSENSITIVE);
    private static final Pattern BODY = Pattern.compile("BODY=(7BIT|8BITMIME)", Pattern.CASE_INSENSITIVE);

    private final SimulatorSettings settings;
    private final KeptMessages messages;
    private final Encounters encounters;
    private final Clock clock;
    private final Optional<SslContext> tls;
    private final List<EmailAddress> recipients = new ArrayList<>();
    private @Nullable String reversePath;
    private @Nullable MessageReader reader;
    private boolean greeted;
    private boolean over;
    private boolean paused;
    private List<Behaviour> behaviours = new ArrayList<>();

    SimulatorSession(
            SimulatorSettings settings,
            KeptMessages messages,
            Encounters encounters,
            Clock clock,
            Optional<SslContext> tls) {
        this.settings = settings;
        this.messages = messages;
        this.encounters = encounters;
        this.clock = clock;
        this.tls = tls;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        reply(ctx, "220 " + settings.name() + " ESMTP Postrider simulator");
        ctx.flush();
        super.channelActive(ctx);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        ctx.flush();
        super.channelReadComplete(ctx);
    }

    /** A client that does not read its replies is not read from either. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        ctx.channel().config().setAutoRead(ctx.channel().isWritable() && !paused);
        super.channelWritabilityChanged(ctx);
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // nothing to do once it is closed
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOGGER.debug("the session ended", cause);
        ctx.close();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (over) {
            in.skipBytes(in.readableBytes());
        } else if (paused) {
            return; // until the answer under way has gone out
        } else if (reader != null) {
            if (in.isReadable() && hangsUpAt(Stage.MESSAGE)) {
                hangUp(ctx);
            } else if (reader.read(in)) {
                endOfData(ctx, reader);
            }
        } else {
            command(ctx, in);
        }
    }

    private void command(ChannelHandlerContext ctx, ByteBuf in) {
        int length = in.bytesBefore((byte) '\n') + 1;
        if (length > MAX_COMMAND_BYTES || length == 0 && in.readableBytes() >= MAX_COMMAND_BYTES) {
            end(ctx, "500 5.5.2 the command line has more than " + MAX_COMMAND_BYTES + " bytes");
        } else if (length > 0) {
            String line = in.readCharSequence(length, StandardCharsets.ISO_8859_1)
                    .toString()
                    .stripTrailing();
            int blank = line.indexOf(' ');
            String verb = (blank < 0 ? line : line.substring(0, blank)).toUpperCase(Locale.ROOT);
            execute(ctx, verb, blank < 0 ? "" : line.substring(blank + 1).strip(), in);
        }
    }

    private void execute(ChannelHandlerContext ctx, String verb, String argument, ByteBuf in) {
        switch (verb) {
            case "EHLO" -> ehlo(ctx, argument);
            case "HELO" -> {
                greeted = true;
                reset();
                reply(ctx, "250 " + settings.name());
            }
            case "MAIL" -> mail(ctx, argument);
            case "RCPT" -> rcpt(ctx, argument);
            case "DATA" -> data(ctx);
            case "RSET" -> {
                reset();
                reply(ctx, "250 2.0.0 ok");
            }
            case "NOOP" -> reply(ctx, "250 2.0.0 ok");
            case "QUIT" -> end(ctx, "221 2.0.0 bye");
            case "STARTTLS" -> startTls(ctx, in);
            default -> reply(ctx, "500 5.5.1 command not known");
        }
    }

    private void ehlo(ChannelHandlerContext ctx, String client) {
        if (client.isEmpty()) {
            reply(ctx, "501 5.5.4 EHLO wants a name");
            return;
        }
        greeted = true;
        reset();
        reply(ctx, "250-" + settings.name());
        reply(ctx, "250-PIPELINING");
        reply(ctx, "250-8BITMIME");
        reply(ctx, "250-SIZE " + settings.maxMessageBytes());
        if (tls.isPresent() && ctx.pipeline().get(SslHandler.class) == null) {
            reply(ctx, "250-STARTTLS");
        }
        reply(ctx, "250 ENHANCEDSTATUSCODES");
    }

    private void mail(ChannelHandlerContext ctx, String argument) {
        if (!greeted) {
            reply(ctx, "503 5.5.1 EHLO first");
            return;
        }
        if (reversePath != null) {
            reply(ctx, "503 5.5.1 a transaction is open");
            return;
        }
        Matcher path = PATH.matcher(argument);
        if (!path.matches()
                || !path.group(1).isEmpty()
                        && EmailAddress.tryParse(path.group(1)).isEmpty()) {
            reply(ctx, "501 5.1.7 expected MAIL FROM:<address>");
            return;
        }
        for (String parameter : path.group(2).strip().split(" +")) {
            Matcher size = SIZE.matcher(parameter);
            if (size.matches() && Long.parseLong(size.group(1)) > settings.maxMessageBytes()) {
                reply(ctx, tooLarge());
                return;
            }
            if (!parameter.isEmpty()
                    && !size.matches()
                    && !BODY.matcher(parameter).matches()) {
                reply(ctx, "555 5.5.4 parameter not known");
                return;
            }
        }
        reversePath = path.group(1);
        reply(ctx, "250 2.1.0 sender ok");
    }

    private void rcpt(ChannelHandlerContext ctx, String argument) {
        if (reversePath == null) {
            reply(ctx, "503 5.5.1 MAIL first");
            return;
        }
        Matcher path = PATH.matcher(argument);
        Optional<EmailAddress> recipient =
                path.matches() && path.group(2).isBlank() ? EmailAddress.tryParse(path.group(1)) : Optional.empty();
        if (recipient.isEmpty()) {
            reply(ctx, "501 5.1.3 expected RCPT TO:<address>");
        } else if (recipients.size() >= MAX_RECIPIENTS) {
            reply(ctx, "452 4.5.3 too many recipients");
        } else {
            Behaviour behaviour = Behaviour.of(recipient.get());
            Instant now = clock.instant();
            Optional<Instant> metFirst =
                    behaviour.remembers() ? encounters.meet(reversePath, recipient.get(), now) : Optional.empty();
            String text = behaviour.answerRcpt(metFirst, now);
            if (text.startsWith("2")) {
                recipients.add(recipient.get());
                behaviours.add(behaviour);
            }
            answer(ctx, Stage.RCPT, text);
        }
    }

    private void data(ChannelHandlerContext ctx) {
        if (recipients.isEmpty()) {
            reply(ctx, "503 5.5.1 RCPT first");
            return;
        }
        reader = new MessageReader(settings.maxMessageBytes());
        answer(ctx, Stage.DATA, "354 end with CRLF.CRLF");
    }

    private void endOfData(ChannelHandlerContext ctx, MessageReader read) {
        if (hangsUpAt(Stage.DOT)) {
            hangUp(ctx);
        } else if (isSilentAt(Stage.DOT)) {
            over = true;
        } else if (read.isTooLarge()) {
            reply(ctx, tooLarge());
        } else {
            Optional<EmailAddress> from = Optional.ofNullable(reversePath).flatMap(EmailAddress::tryParse);
            long n = messages.add(clock.instant(), from, recipients, read.message());
            answer(ctx, Stage.DOT, "250 2.0.0 kept as message " + n);
        }
        reset();
    }

    private void startTls(ChannelHandlerContext ctx, ByteBuf in) {
        if (tls.isEmpty() || ctx.pipeline().get(SslHandler.class) != null) {
            reply(ctx, "503 5.5.1 STARTTLS is not offered");
        } else if (in.isReadable()) {
            end(ctx, "554 5.5.1 commands behind STARTTLS in clear text");
        } else {
            greeted = false;
            reset();
            SslHandler handler = tls.get().newHandler(ctx.alloc());
            reply(ctx, "220 2.0.0 go ahead");
            ctx.flush();
            ctx.pipeline().addFirst(handler);
        }
    }

    private void reset() {
        reversePath = null;
        reader = null;
        recipients.clear();
        behaviours = new ArrayList<>();
    }

    private boolean isSilentAt(Stage stage) {
        return behaviours.stream().anyMatch(behaviour -> behaviour.isSilentAt(stage));
    }

    private boolean hangsUpAt(Stage stage) {
        return behaviours.stream().anyMatch(behaviour -> behaviour.hangsUpAt(stage));
    }

    /** Replies as the recipients want it: at once, late or never. */
    @SuppressWarnings("FutureReturnValueIgnored") // a reply that goes wrong ends the session by itself
    private void answer(ChannelHandlerContext ctx, Stage stage, String text) {
        long delay = behaviours.stream()
                .mapToLong(behaviour -> behaviour.delay().toMillis())
                .max()
                .orElse(0);
        if (isSilentAt(stage)) {
            over = true;
        } else if (delay == 0) {
            reply(ctx, text);
        } else {
            pause(ctx, true);
            ctx.executor().schedule(() -> replyLate(ctx, text), delay, TimeUnit.MILLISECONDS);
        }
    }

    private void replyLate(ChannelHandlerContext ctx, String text) {
        if (ctx.isRemoved()) {
            return; // the client has hung up
        }
        reply(ctx, text);
        pause(ctx, false);
        try {
            channelRead(ctx, Unpooled.EMPTY_BUFFER); // goes on with what has come meanwhile
            channelReadComplete(ctx);
        } catch (Exception e) {
            exceptionCaught(ctx, e);
        }
    }

    private void pause(ChannelHandlerContext ctx, boolean now) {
        paused = now;
        ctx.channel().config().setAutoRead(!now && ctx.channel().isWritable());
    }

    @SuppressWarnings("FutureReturnValueIgnored") // nothing to do once it is closed
    private void hangUp(ChannelHandlerContext ctx) {
        over = true;
        ctx.close();
    }

    private String tooLarge() {
        return "552 5.3.4 messages may have " + settings.maxMessageBytes() + " bytes";
    }

    private void end(ChannelHandlerContext ctx, String text) {
        over = true;
        ctx.writeAndFlush(ByteBufUtil.writeUtf8(ctx.alloc(), text + "\r\n")).addListener(ChannelFutureListener.CLOSE);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a failed write closes the channel
    private static void reply(ChannelHandlerContext ctx, String line) {
        ctx.write(ByteBufUtil.writeUtf8(ctx.alloc(), line + "\r\n"));
    }
}
