package io.postrider.submission.smtp;

import io.postrider.server.smtp.SmtpReplies;
import io.postrider.store.StoreUnavailableException;
import io.postrider.submission.Submitter;
import io.postrider.tenant.Authenticator;
import io.postrider.tenant.Credential;
import java.util.Optional;
import javax.inject.Inject;
import org.apache.james.core.Username;
import org.apache.james.protocols.api.OidcSASLConfiguration;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.AuthHook;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** AUTH PLAIN and LOGIN against the credentials of the store (<a href="https://datatracker.ietf.org/doc/html/rfc4954">RFC 4954</a>). */
public final class CredentialAuthHook implements AuthHook {
    private static final Logger LOGGER = LoggerFactory.getLogger(CredentialAuthHook.class);

    private final Authenticator authenticator;

    @Inject
    CredentialAuthHook(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    public HookResult doAuth(SMTPSession session, Username username, String password) {
        try {
            Optional<Credential> credential = authenticator.authenticate(username.asString(), password);
            if (credential.isEmpty()) {
                LOGGER.info("AUTH refused for {} from {}", username.asString(), session.getRemoteAddress());
                return SmtpReplies.deny("535", "5.7.8 Authentication credentials invalid");
            }
            session.setUsername(username);
            SmtpSubmitter.set(
                    session,
                    new Submitter(credential.get().tenant(), credential.get().username()));
            return SmtpReplies.ok("235", "2.7.0 Authentication successful");
        } catch (StoreUnavailableException e) {
            LOGGER.warn("AUTH cannot be decided: {}", e.getMessage());
            return SmtpReplies.denySoft("454", "4.7.0 Credentials cannot be checked now; try again in a minute");
        }
    }

    @Override
    public HookResult doSasl(SMTPSession session, OidcSASLConfiguration configuration, String initialResponse) {
        return SmtpReplies.deny("504", "5.5.4 Mechanism not supported; use PLAIN or LOGIN");
    }

    /** James asks this for AUTH PLAIN with one token only, as if to act for somebody else. Nobody may. */
    @Override
    public HookResult doDelegation(SMTPSession session, Username target) {
        return SmtpReplies.deny("535", "5.7.8 Authentication credentials invalid");
    }
}
