package io.postrider.submission.smtp;

import io.postrider.submission.Submitter;
import java.util.Optional;
import org.apache.james.protocols.api.ProtocolSession.AttachmentKey;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.smtp.SMTPSession;

/** Who submits on a connection, once it is known. */
final class SmtpSubmitter {
    private static final AttachmentKey<Submitter> KEY = AttachmentKey.of("postrider.submitter", Submitter.class);

    private SmtpSubmitter() {}

    static Optional<Submitter> of(SMTPSession session) {
        return session.getAttachment(KEY, State.Connection);
    }

    static void set(SMTPSession session, Submitter submitter) {
        session.setAttachment(KEY, submitter, State.Connection);
        session.setRelayingAllowed(true);
    }
}
