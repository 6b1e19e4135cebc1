package io.postrider.server.smtp.front;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPConfiguration;
import org.apache.james.protocols.smtp.SMTPResponse;
import org.apache.james.smtpserver.ExtendedSMTPSession;

/** James's session, on our transport. */
final class FrontSession extends ExtendedSMTPSession {
    private static final Response FAILED =
            new SMTPResponse("451", "4.3.0 The command failed here; try again in a minute").immutable();
    private static final Response UNKNOWN = new SMTPResponse("500", "5.5.1 Command not known").immutable();

    private Optional<MessageReceiver> receiver = Optional.empty();
    private int messages;

    /** Takes the message that follows a 354. */
    interface MessageReceiver {
        /** The message is whole, with its trace field. Does not block. */
        Reception receive(byte[] message);
    }

    /** A message that was received, and waits for what becomes of it. */
    interface Reception {
        /** Whether {@link #answer} would not block now. Does not block itself. */
        boolean isPrompt();

        /** Has it decided. To be called once; the answer may be given on any thread. */
        CompletionStage<Response> answer();
    }

    FrontSession(SMTPConfiguration configuration, FrontTransport transport) {
        super(configuration, transport);
    }

    /** To be called by the handler that answers 354. */
    void expectMessage(MessageReceiver messageReceiver) {
        receiver = Optional.of(messageReceiver);
    }

    /** Who waits for a message, once. */
    Optional<MessageReceiver> takeReceiver() {
        Optional<MessageReceiver> taken = receiver;
        receiver = Optional.empty();
        return taken;
    }

    /** Names the next message of this connection. */
    String nextMessageName() {
        messages++;
        return getSessionID() + "." + messages;
    }

    @Override
    public Response newFatalErrorResponse() {
        return FAILED;
    }

    @Override
    public Response newCommandNotFoundErrorResponse() {
        return UNKNOWN;
    }
}
