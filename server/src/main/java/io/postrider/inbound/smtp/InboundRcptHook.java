package io.postrider.inbound.smtp;

import io.postrider.bridge.Addresses;
import io.postrider.domain.SendingDomains;
import io.postrider.mail.EmailAddress;
import io.postrider.returnpath.ReturnPaths;
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
    private final ReturnPaths returnPaths;
    private final SendingDomains domains;

    @Inject
    InboundRcptHook(ReturnPaths returnPaths, SendingDomains domains) {
        this.returnPaths = returnPaths;
        this.domains = domains;
    }

    @Override
    public HookResult doRcpt(SMTPSession session, MaybeSender sender, MailAddress recipient) {
        try {
            EmailAddress address = Addresses.of(recipient);
            boolean ours = returnPaths.verify(address).isPresent() && domains.isReturnPathDomain(address.domain());
            return ours
                    ? SmtpReplies.ok("250", "2.1.5 Return path OK")
                    : SmtpReplies.deny(
                            "550", "5.7.1 Relaying denied: only return paths of this service are taken here");
        } catch (IllegalArgumentException e) {
            return SmtpReplies.deny("550", "5.7.1 Relaying denied: only return paths of this service are taken here");
        } catch (StoreUnavailableException e) {
            return SmtpReplies.denySoft("451", "4.3.0 Return paths cannot be checked now; try again later");
        }
    }
}
