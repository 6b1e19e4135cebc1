package io.postrider.delivery.smtp;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/** A command on its way, and who waits for its reply. */
final class Command {
    private final String line;
    private final String shown;
    private final Duration timeout;
    private final List<String> talk;
    private final Consumer<ServerReply> onReply;
    private Runnable next = () -> {};
    private boolean sent;

    /**
     * @param line without the line end
     * @param talk where line and reply are written down
     */
    Command(String line, Duration timeout, List<String> talk, Consumer<ServerReply> onReply) {
        this(line, line, timeout, talk, onReply);
    }

    /** @param shown what the talk shows instead of the line, which holds a secret */
    Command(String line, String shown, Duration timeout, List<String> talk, Consumer<ServerReply> onReply) {
        this.line = line;
        this.shown = shown;
        this.timeout = timeout;
        this.talk = talk;
        this.onReply = onReply;
    }

    /** Adds what to do once the reply has been heard. */
    Command then(Runnable action) {
        next = action;
        return this;
    }

    String line() {
        return line;
    }

    String shown() {
        return shown;
    }

    Duration timeout() {
        return timeout;
    }

    /** Whether its last byte has left; a reply before that is none to it. */
    boolean isSent() {
        return sent;
    }

    void sent() {
        sent = true;
    }

    void writeDown() {
        Talk.sent(talk, shown);
    }

    void answered(ServerReply reply) {
        Talk.received(talk, reply);
        onReply.accept(reply);
        next.run();
    }
}
