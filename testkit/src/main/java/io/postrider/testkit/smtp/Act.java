package io.postrider.testkit.smtp;

import java.io.IOException;
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

    /** Waits for the latch first. */
    static Act after(CountDownLatch latch, Act act) {
        return conversation -> {
            conversation.await(latch);
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
