package io.postrider.submission.smtp;

import io.postrider.server.config.Settings;
import javax.inject.Inject;
import org.apache.james.protocols.api.Request;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPResponse;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.esmtp.AuthCmdHandler;

/**
 * AUTH, refused in clear text at once: James's own would first ask for the user name and the password, and so have them sent where anybody can read them
 * (<a href="https://datatracker.ietf.org/doc/html/rfc4954#section-4">RFC 4954, section 4</a>).
 */
public final class TlsFirstAuthHandler extends AuthCmdHandler {
    private static final Response TLS_FIRST =
            new SMTPResponse("538", "5.7.11 Encryption required for AUTH; send STARTTLS first").immutable();

    private final boolean withoutTls;

    @Inject
    TlsFirstAuthHandler(Settings settings) {
        this.withoutTls = settings.submission().authWithoutTls();
    }

    @Override
    public Response onCommand(SMTPSession session, Request request) {
        return session.isTLSStarted() || withoutTls ? super.onCommand(session, request) : TLS_FIRST;
    }
}
