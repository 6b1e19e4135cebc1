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
    private List<String> secrets = List.of();
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

    /** Keeps these words out of what is written down of the reply, for there are peers that repeat what they were told. */
    Command keeping(List<String> secret) {
        secrets = List.copyOf(secret);
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

    /** Its last byte has left: the talk shows it. */
    void sent() {
        Talk.sent(talk, shown);
        sent = true;
    }

    /** The peer begins without a command. */
    void expected() {
        sent = true;
    }

    void answered(ServerReply reply) {
        ServerReply heard = reply.without(secrets);
        Talk.received(talk, heard);
        onReply.accept(heard);
        next.run();
    }
}
