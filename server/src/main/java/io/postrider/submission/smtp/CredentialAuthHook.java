package io.postrider.submission.smtp;

import io.postrider.server.smtp.QuietLog;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.store.StoreUnavailableException;
import io.postrider.submission.Submitter;
import io.postrider.tenant.Authenticator;
import io.postrider.tenant.Authenticator.Login;
import io.postrider.tenant.Credential;
import java.net.InetAddress;
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
    private static final QuietLog STRANGERS = new QuietLog(LOGGER);
    private static final int MAX_SHOWN = 128;

    private final Authenticator authenticator;

    @Inject
    CredentialAuthHook(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    public HookResult doAuth(SMTPSession session, Username username, String password) {
        InetAddress client = session.getRemoteAddress().getAddress();
        try {
            Login login = authenticator.authenticate(client, username.asString(), password);
            if (login instanceof Login.Granted granted) {
                return grant(session, username, granted.credential());
            }
            return refuse(login, username, client);
        } catch (StoreUnavailableException e) {
            LOGGER.warn("AUTH cannot be decided: {}", e.getMessage());
            return SmtpReplies.denySoft("454", "4.7.0 Credentials cannot be checked now; try again in a minute");
        }
    }

    private static HookResult grant(SMTPSession session, Username username, Credential credential) {
        session.setUsername(username);
        SmtpSubmitter.set(session, new Submitter(credential.tenant(), credential.username()));
        return SmtpReplies.ok("235", "2.7.0 Authentication successful");
    }

    private static HookResult refuse(Login login, Username username, InetAddress client) {
        String name = printable(username.asString());
        if (login instanceof Login.Braked braked) {
            STRANGERS.info(client.getHostAddress(), "AUTH put off", "too many wrong passwords, now for " + name);
            return SmtpReplies.denySoft(
                    "454",
                    "4.7.0 Too many wrong passwords; try again in "
                            + (braked.retryAfter().toSeconds() + 1) + " seconds");
        }
        if (login instanceof Login.Busy) {
            STRANGERS.info(client.getHostAddress(), "AUTH put off", "too many at the same time, now for " + name);
            return SmtpReplies.denySoft("454", "4.7.0 Too many logins at the same time; try again in a few seconds");
        }
        LOGGER.info("AUTH refused for {} from {}", name, client.getHostAddress());
        return SmtpReplies.deny("535", "5.7.8 Authentication credentials invalid");
    }

    /** People type their password where the name belongs, and attackers line ends. */
    private static String printable(String name) {
        String cut = name.length() > MAX_SHOWN ? name.substring(0, MAX_SHOWN) : name;
        return cut.matches("[a-z0-9._@+-]+") ? cut : "(no user name)";
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
