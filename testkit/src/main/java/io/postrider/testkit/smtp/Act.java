package io.postrider.testkit.smtp;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** One thing that a scripted peer does. */
@FunctionalInterface
public interface Act {
    void play(PeerConversation conversation) throws IOException;

    /** Answers with these lines. */
    static Act reply(String... lines) {
        return conversation -> conversation.write(String.join("\r\n", lines) + "\r\n");
    }

    /** Sends exactly this text, in ISO-8859-1, with no line end added. */
    static Act raw(String text) {
        return conversation -> conversation.write(text);
    }

    /** Closes the connection. */
    static Act cut() {
        return PeerConversation::cut;
    }

    /** Breaks the connection off with a TCP reset. */
    static Act reset() {
        return PeerConversation::reset;
    }

    /** Closes its own direction only, and goes on to read until the client hangs up. */
    static Act halfClose() {
        return PeerConversation::halfClose;
    }

    /** Sends this again and again until the client hangs up. */
    static Act endless(String text) {
        return conversation -> conversation.repeat(text);
    }

    /** Sends the text byte by byte, with so much time between two of them. */
    static Act dribble(String text, Duration pause) {
        return conversation -> {
            for (int i = 0; i < text.length(); i++) {
                conversation.pause(pause);
                conversation.write(text.substring(i, i + 1));
            }
        };
    }

    /** Does this only after so long. */
    static Act late(Duration delay, Act act) {
        return conversation -> {
            conversation.pause(delay);
            act.play(conversation);
        };
    }

    /** Answers with this, and throws away the commands that have come with the present one. */
    static Act replyAndForgetTheRest(String line) {
        return conversation -> {
            conversation.forgetWhatHasCome();
            conversation.write(line + "\r\n");
        };
    }

    /** Does this only once the client has sent more than was read. */
    static Act onceMoreHasCome(Act act) {
        return conversation -> {
            conversation.awaitMore();
            act.play(conversation);
        };
    }

    /** Says nothing more, and waits until the client hangs up. */
    static Act stall() {
        return PeerConversation::stall;
    }

    /** Reads so many bytes and then closes the connection. */
    static Act cutAfterBytes(int count) {
        return conversation -> conversation.cutAfter(count);
    }

    /** Waits until so many bytes have come, and takes no notice of them. */
    static Act skipBytes(int count) {
        return conversation -> conversation.skip(count);
    }

    /** Answers 220 and does the TLS handshake. */
    static Act secure() {
        return PeerConversation::secure;
    }

    /** Waits for the latch first, for half a minute at most: then the connection ends. */
    static Act after(CountDownLatch latch, Act act) {
        return after(latch, Duration.ofSeconds(30), act);
    }

    /** Waits for the latch first, not for ever: then the connection ends. */
    static Act after(CountDownLatch latch, Duration atMost, Act act) {
        return conversation -> {
            conversation.await(latch, atMost);
            act.play(conversation);
        };
    }

    /** Does this, and then that. */
    default Act then(Act next) {
        return conversation -> {
            play(conversation);
            next.play(conversation);
        };
    }
}
