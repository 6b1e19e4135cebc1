package io.postrider.inbound.smtp;

import io.postrider.bridge.Addresses;
import io.postrider.domain.SendingDomains;
import io.postrider.mail.EmailAddress;
import io.postrider.returnpath.ReturnPaths;
import io.postrider.server.config.Settings;
import io.postrider.server.smtp.SmtpReplies;
import io.postrider.store.StoreUnavailableException;
import javax.inject.Inject;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.RcptHook;

/** RCPT TO on the inbound port: only return paths that we signed, and that are not too old. */
public final class InboundRcptHook implements RcptHook {
    static final String RELAYING_DENIED = "5.7.1 Relaying denied: only return paths of this service are taken here";

    private final ReturnPaths returnPaths;
    private final SendingDomains domains;
    private final Postmaster postmaster;
    private final String hostName;

    @Inject
    InboundRcptHook(ReturnPaths returnPaths, SendingDomains domains, Postmaster postmaster, Settings settings) {
        this.returnPaths = returnPaths;
        this.domains = domains;
        this.postmaster = postmaster;
        this.hostName = settings.server().hostName();
    }

    @Override
    public HookResult doRcpt(SMTPSession session, MaybeSender sender, MailAddress recipient) {
        try {
            EmailAddress address = Addresses.of(recipient);
            if (Postmaster.isRole(address) && isOurs(address.domain())) {
                return postmaster.refusal();
            }
            boolean ours = returnPaths.verify(address).isPresent() && domains.isReturnPathDomain(address.domain());
            return ours ? SmtpReplies.ok("250", "2.1.5 Return path OK") : SmtpReplies.deny("550", RELAYING_DENIED);
        } catch (IllegalArgumentException e) {
            return SmtpReplies.deny("550", RELAYING_DENIED);
        } catch (StoreUnavailableException e) {
            return SmtpReplies.denySoft("451", "4.3.0 Return paths cannot be checked now; try again later");
        }
    }

    private boolean isOurs(String domain) {
        return domain.equalsIgnoreCase(hostName) || domains.isReturnPathDomain(domain);
    }
}
