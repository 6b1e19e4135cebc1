package io.postrider.server.smtp.front;

import io.postrider.mail.SmtpReply;
import io.postrider.server.smtp.PromptHook;
import io.postrider.server.smtp.SmtpReplies;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.StartTlsResponse;
import org.apache.james.protocols.api.handler.ConnectHandler;
import org.apache.james.protocols.api.handler.DisconnectHandler;
import org.apache.james.protocols.api.handler.LineHandler;
import org.apache.james.protocols.smtp.SMTPSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The talk with one client: takes lines and messages out of what came, in its order, has James's handlers answer, and keeps the limits of a session. Used by one
 * thread at a time; by that of the network only as far as nothing can block.
 */
final class Conversation {
    private static final Logger LOGGER = LoggerFactory.getLogger(Conversation.class);
    /** Steps before another connection gets its turn. */
    private static final int TURN = 500;
    /** The same on the thread of the network, which many connections share. */
    private static final int PROMPT_TURN = 20;

    private static final int REPLY_BLOCK = 8 * 1024;
    private static final int LONGEST_REPLY_LINE = 510;

    /** What the conversation is waiting for. */
    enum Phase {
        /** Nothing of the client. */
        NOTHING,
        /** The next command. */
        COMMAND,
        /** The rest of a command. */
        LINE,
        /** The rest of a message. */
        MESSAGE
    }

    private enum Step {
        DONE,
        /** Something of the client, or of this service, must come first. */
        WAITS,
        /** It may block, and is not begun. */
        MAY_BLOCK
    }

    private enum Mode {
        NEW,
        COMMANDS,
        MESSAGE,
        /** The message is whole. */
        HANDOVER,
        /** It is with those who decide about it. */
        DECISION,
        TLS,
        CLOSED
    }

    /** The connection. */
    interface Wire {
        /** What came next, or null for nothing yet. */
        byte @Nullable [] poll();

        /** Whether more came than {@link #poll} gave. */
        boolean hasMore();

        /** Whether the client has ended its side. */
        boolean isEnded();

        /** Whether the client reads what it is told. */
        boolean isWritable();

        void write(byte[] bytes);

        /** Says yes to STARTTLS, unless the client has not waited for it. */
        void startTls(byte[] ready);

        /** Closes when all is written. */
        void close();

        /** Comes back to the conversation later. */
        void wake();

        /** The client has authenticated, or sent a message. */
        void proven();

        /** Counts a command; the reason if it is one too many. */
        Optional<String> countCommand();
    }

    private final ListenerContext listener;
    private final FrontTransport transport;
    private final FrontSession session;
    private final Wire wire;
    private final CommandLine line;
    private final ByteArrayOutputStream replies = new ByteArrayOutputStream();
    private volatile Mode mode = Mode.NEW;
    private volatile Optional<Dismissal> dismissal = Optional.empty();
    private volatile boolean inTransaction;
    private volatile boolean authenticated;
    private byte[] chunk = new byte[0];
    private int at;
    private boolean lineWaits;
    private long lines;
    private int errors;
    private int unknown;
    private Optional<Incoming> incoming = Optional.empty();
    private Optional<FrontSession.Reception> reception = Optional.empty();
    private volatile @Nullable Response answer;
    private long handedOver;

    /** @param cutsMessages whether a message that is coming in does not get to its end */
    private record Dismissal(String text, boolean cutsMessages) {}

    private record Incoming(IncomingMessage message, FrontSession.MessageReceiver receiver) {}

    Conversation(ListenerContext listener, FrontTransport transport, FrontSession session, Wire wire) {
        this.listener = listener;
        this.transport = transport;
        this.session = session;
        this.wire = wire;
        this.line = new CommandLine(listener.settings().sessions().maxCommandLine());
    }

    /** Whether the client has shown who it is. For any thread. */
    boolean isAuthenticated() {
        return authenticated;
    }

    /** Whether it has come to its end. For any thread. */
    boolean isClosed() {
        return mode == Mode.CLOSED;
    }

    /** Whether a message is coming in. For any thread. */
    boolean isReceiving() {
        return mode == Mode.MESSAGE || isWhole();
    }

    /** Whether it is between MAIL and the end of its message. For any thread. */
    boolean isInTransaction() {
        return inTransaction || isReceiving();
    }

    /** Ends it with 421 and this text, as soon as nothing is being worked on; a message that is coming in is cut. For any thread. */
    void dismiss(String text) {
        dismiss(new Dismissal(text, true));
    }

    /** Ends it with 421 and this text, behind the message that is coming in, if there is one. For any thread. */
    void dismissBehindMessage(String text) {
        dismiss(new Dismissal(text, false));
    }

    private void dismiss(Dismissal next) {
        synchronized (this) {
            if (dismissal.isEmpty() || next.cutsMessages() && !dismissal.get().cutsMessages()) {
                dismissal = Optional.of(next);
            }
        }
        wire.wake();
    }

    /** Says that the answer to STARTTLS is out. For any thread. */
    void tlsStarted() {
        mode = Mode.COMMANDS;
    }

    /** What it waits for, when {@link #advance} has returned false. */
    Phase phase() {
        return switch (mode) {
            case COMMANDS -> line.isEmpty() ? Phase.COMMAND : Phase.LINE;
            case MESSAGE -> Phase.MESSAGE;
            default -> Phase.NOTHING;
        };
    }

    /** How many lines there were. */
    long lines() {
        return lines;
    }

    /**
     * Goes on as far as it can; returns whether there is more to do at once, on another thread.
     *
     * @param prompt whether to stop before what may block
     */
    boolean advance(boolean prompt) {
        int turn = prompt ? PROMPT_TURN : TURN;
        int steps = 0;
        Step step = Step.DONE;
        while (step == Step.DONE && mode != Mode.CLOSED && mode != Mode.TLS && wire.isWritable() && steps < turn) {
            step = step(prompt);
            steps++;
        }
        flush();
        return step == Step.MAY_BLOCK || steps == turn && step == Step.DONE;
    }

    private Step step(boolean prompt) {
        Optional<Dismissal> goodbye = dismissal;
        if (goodbye.isPresent() && mayEnd(goodbye.get())) {
            sayGoodbye(goodbye.get().text());
            return Step.WAITS;
        }
        return switch (mode) {
            case NEW -> prompt ? Step.MAY_BLOCK : open();
            case COMMANDS -> command(prompt);
            case MESSAGE -> message(prompt);
            case HANDOVER -> handOver(prompt);
            case DECISION -> decide(prompt);
            default -> Step.WAITS;
        };
    }

    private boolean mayEnd(Dismissal how) {
        return !isWhole() && (how.cutsMessages() || mode != Mode.MESSAGE);
    }

    private boolean isWhole() {
        return mode == Mode.HANDOVER || mode == Mode.DECISION;
    }

    private Step open() {
        mode = Mode.COMMANDS;
        for (ConnectHandler<SMTPSession> handler : listener.connectHandlers()) {
            reply(handler.onConnect(session));
        }
        noteAuthentication();
        return Step.DONE;
    }

    private Step command(boolean prompt) {
        lineWaits = lineWaits || readLine();
        if (!lineWaits) {
            if (wire.isEnded() && !wire.hasMore()) {
                close();
            }
            return Step.WAITS;
        }
        if (prompt && !isPrompt()) {
            return Step.MAY_BLOCK;
        }
        lineWaits = false;
        lines++;
        boolean crlf = line.endsInCrlf();
        boolean tooLong = line.isTooLong();
        boolean controls = line.hasStrayControls();
        byte[] text = line.take();
        if (!crlf) {
            // Whatever stands behind it may be meant as part of it.
            reply(SmtpReplies.response("500", "5.5.2 The line ends in a bare LF; end lines with CRLF; closing"));
            close();
            return Step.WAITS;
        }
        if (tooLong) {
            fault(
                    "500",
                    "5.5.2 The line is too long; at most "
                            + listener.settings().sessions().maxCommandLine() + " octets are taken");
            return Step.DONE;
        }
        if (controls) {
            fault("500", "5.5.2 The line has a bare CR or a NUL; end lines with CRLF");
            return Step.DONE;
        }
        if (!authenticated) {
            Optional<String> tooMany = wire.countCommand();
            if (tooMany.isPresent()) {
                sayGoodbye(tooMany.get());
                return Step.WAITS;
            }
        }
        answer(text, dispatch(text));
        return Step.DONE;
    }

    /** Whether the command that waits cannot block: faults are answered at once, and other handlers of lines may do what they like. */
    private boolean isPrompt() {
        if (transport.lineHandler().isPresent()) {
            return false;
        }
        for (Map.Entry<String, List<PromptHook>> command :
                listener.promptCommands().entrySet()) {
            if (line.isCommand(command.getKey())) {
                String text = line.text();
                return command.getValue().stream().allMatch(hook -> hook.isPrompt(session, text));
            }
        }
        return false;
    }

    private boolean readLine() {
        while (at < chunk.length || refill()) {
            int end = at;
            while (end < chunk.length && chunk[end] != '\n') {
                end++;
            }
            boolean whole = end < chunk.length;
            line.add(chunk, at, whole ? end + 1 : end);
            at = whole ? end + 1 : end;
            if (whole) {
                return true;
            }
        }
        return false;
    }

    private boolean refill() {
        byte[] next = wire.poll();
        if (next == null) {
            return false;
        }
        chunk = next;
        at = 0;
        return true;
    }

    private boolean isMoreThere() {
        return at < chunk.length || wire.hasMore();
    }

    @SuppressWarnings("unchecked") // James has no type for it
    private @Nullable Response dispatch(byte[] text) {
        LineHandler<SMTPSession> handler =
                (LineHandler<SMTPSession>) transport.lineHandler().orElse(listener.commands());
        try {
            return handler.onLine(session, text);
        } catch (RuntimeException e) {
            LOGGER.error("a command of {} failed", session.getRemoteAddress(), e);
            return session.newFatalErrorResponse();
        }
    }

    private void answer(byte[] text, @Nullable Response response) {
        noteAuthentication();
        noteTransaction();
        Optional<FrontSession.MessageReceiver> receiver = session.takeReceiver();
        if (response == null) {
            return;
        }
        if (response instanceof StartTlsResponse) {
            startTls(response);
            return;
        }
        reply(response);
        if (mode == Mode.CLOSED) {
            return;
        }
        if (receiver.isPresent() && response.getRetCode().equals("354")) {
            expect(receiver.get());
        } else if (isData(text) && isMoreThere()) {
            // RFC 2920, section 3.1: DATA is the last of its group. What follows it without a 354 may be a message, and
            // would be taken for commands.
            sayGoodbye("4.7.0 Something followed DATA before its reply; wait for the 354");
        } else {
            countError(response.getRetCode());
        }
    }

    private static boolean isData(byte[] text) {
        return new String(text, StandardCharsets.US_ASCII).strip().equalsIgnoreCase("DATA");
    }

    private void startTls(Response ready) {
        if (isMoreThere()) {
            // RFC 3207, section 4.2, and CVE-2011-0411: what came in clear text must not count under TLS.
            sayGoodbye("4.7.0 Something followed STARTTLS before its reply; wait for the 220");
            return;
        }
        flush();
        session.resetState();
        session.removeAttachment(SMTPSession.CURRENT_HELO_MODE, State.Connection);
        session.removeAttachment(SMTPSession.CURRENT_HELO_NAME, State.Connection);
        mode = Mode.TLS;
        wire.startTls(encode(ready));
    }

    private void expect(FrontSession.MessageReceiver receiver) {
        String field = TraceField.of(
                session,
                listener.limits().receivedClient(),
                session.nextMessageName(),
                listener.resources().clock().instant());
        incoming = Optional.of(new Incoming(
                new IncomingMessage(
                        listener.settings().content(),
                        listener.resources().settings().rules().messages(),
                        listener.maxMessageSize(),
                        listener.resources().newBuffer(),
                        field),
                receiver));
        mode = Mode.MESSAGE;
    }

    private Step message(boolean prompt) {
        IncomingMessage message = incoming.orElseThrow().message();
        if (at == chunk.length && !refill()) {
            if (wire.isEnded() && !wire.hasMore()) {
                close();
            }
            return Step.WAITS;
        }
        if (prompt && !message.staysInMemory(chunk.length - at)) {
            return Step.MAY_BLOCK;
        }
        at = message.take(chunk, at, chunk.length);
        if (message.isComplete()) {
            mode = Mode.HANDOVER;
        }
        return Step.DONE;
    }

    private Step handOver(boolean prompt) {
        Incoming whole = incoming.orElseThrow();
        Optional<SmtpReply> refusal = whole.message().refusal();
        if (refusal.isPresent()) {
            finish(SmtpReplies.response(
                    Integer.toString(refusal.get().code()), refusal.get().text()));
            return Step.DONE;
        }
        if (prompt && !whole.message().staysInMemory(0)) {
            return Step.MAY_BLOCK;
        }
        long size = whole.message().length();
        if (!listener.resources().handovers().tryTake(size, wire::wake)) {
            return Step.WAITS;
        }
        handedOver = size;
        mode = Mode.DECISION;
        try {
            byte[] bytes = whole.message().toBytes();
            whole.message().close();
            reception = Optional.of(whole.receiver().receive(bytes));
        } catch (IOException e) {
            LOGGER.error("a message could not be read back from its file", e);
            answer(SmtpReplies.response("451", "4.3.0 The message could not be read back here; try again in a minute"));
        } catch (RuntimeException e) {
            answer(failed(e));
        }
        return Step.DONE;
    }

    private Step decide(boolean prompt) {
        if (reception.isPresent()) {
            FrontSession.Reception received = reception.get();
            if (prompt && !received.isPrompt()) {
                return Step.MAY_BLOCK;
            }
            reception = Optional.empty();
            // What was answered so far must not wait for the disk.
            flush();
            begin(received);
        }
        Response response = answer;
        if (response == null) {
            return Step.WAITS;
        }
        answer = null;
        finish(response);
        return Step.DONE;
    }

    private void begin(FrontSession.Reception received) {
        try {
            received.answer().whenComplete((response, failure) -> answer(failure == null ? response : failed(failure)));
        } catch (RuntimeException e) {
            answer(failed(e));
        }
    }

    /** On any thread. */
    private void answer(Response response) {
        listener.resources().handovers().giveBack(handedOver);
        answer = response;
        wire.wake();
    }

    private Response failed(Throwable failure) {
        LOGGER.error("a message of {} failed", session.getRemoteAddress(), failure);
        return session.newFatalErrorResponse();
    }

    private void finish(Response response) {
        dropMessage();
        session.resetState();
        inTransaction = false;
        mode = Mode.COMMANDS;
        reply(response);
        if (mode == Mode.CLOSED) {
            return;
        }
        if (response.getRetCode().startsWith("2")) {
            errors = 0;
            unknown = 0;
            wire.proven();
        } else {
            countError(response.getRetCode());
        }
    }

    private void noteAuthentication() {
        if (!authenticated && (session.getUsername() != null || session.isRelayingAllowed())) {
            authenticated = true;
            wire.proven();
        }
    }

    private void noteTransaction() {
        inTransaction =
                session.getAttachment(SMTPSession.SENDER, State.Transaction).isPresent();
    }

    private void fault(String code, String text) {
        reply(SmtpReplies.response(code, text));
        countError(code);
    }

    private void countError(String code) {
        if (!code.startsWith("5")) {
            return;
        }
        errors++;
        unknown += code.equals("500") ? 1 : 0;
        if (errors >= listener.settings().sessions().maxErrors()
                || unknown >= listener.settings().sessions().maxUnknownCommands()) {
            sayGoodbye("4.7.0 Too many errors; closing");
        }
    }

    private void sayGoodbye(String text) {
        reply(SmtpReplies.response("421", text));
        close();
    }

    private void reply(@Nullable Response response) {
        if (response == null || mode == Mode.CLOSED) {
            return;
        }
        replies.writeBytes(encode(response));
        if (replies.size() >= REPLY_BLOCK) {
            flush();
        }
        if (response.isEndSession()) {
            close();
        }
    }

    /** To be used for what James's handlers write on their own. */
    void write(Response response) {
        reply(response);
    }

    private void close() {
        if (mode != Mode.CLOSED) {
            flush();
            mode = Mode.CLOSED;
            dropMessage();
            wire.close();
        }
    }

    /** The connection is gone. */
    void dispose() {
        mode = Mode.CLOSED;
        dropMessage();
        if (reception.isPresent()) {
            reception = Optional.empty();
            listener.resources().handovers().giveBack(handedOver);
        }
        chunk = new byte[0];
        at = 0;
        for (DisconnectHandler<SMTPSession> handler : listener.disconnectHandlers()) {
            handler.onDisconnect(session);
        }
        session.resetState();
    }

    private void dropMessage() {
        incoming.ifPresent(whole -> whole.message().close());
        incoming = Optional.empty();
    }

    private void flush() {
        if (replies.size() > 0) {
            wire.write(replies.toByteArray());
            replies.reset();
        }
    }

    private static byte[] encode(Response response) {
        List<CharSequence> lines = response.getLines();
        StringBuilder text = new StringBuilder(64 * lines.size());
        for (CharSequence replyLine : lines) {
            int end = Math.min(replyLine.length(), LONGEST_REPLY_LINE);
            for (int i = 0; i < end; i++) {
                char c = replyLine.charAt(i);
                text.append(c >= ' ' && c <= '~' ? c : '?');
            }
            text.append("\r\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
