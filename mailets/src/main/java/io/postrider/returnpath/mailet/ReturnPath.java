package io.postrider.returnpath.mailet;

import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.domain.SendingDomain;
import io.postrider.domain.SendingDomains;
import io.postrider.mail.Author;
import io.postrider.returnpath.ReturnPathMode;
import java.util.Optional;
import java.util.Set;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;

/**
 * Says that mail leaves with a reverse-path of ours, below the return-path domain of the author's sending domain. Notes it in the attributes
 * {@code postrider.returnPath} and {@code postrider.returnPathDomain}; delivery makes the address of each transaction. Mail with the null
 * reverse-path keeps it, and so does mail whose sending domain was removed meanwhile keep its own.
 *
 * <pre>{@code
 * <mailet match="All" class="io.postrider.returnpath.mailet.ReturnPath">
 *   <mode>verp</mode> <!-- or message: one for all recipients, who may then share a transaction; verp by default -->
 * </mailet>
 * }</pre>
 */
public final class ReturnPath extends GenericMailet {
    private final SendingDomains domains;
    private ReturnPathMode mode = ReturnPathMode.VERP;

    @Inject
    ReturnPath(SendingDomains domains) {
        this.domains = domains;
    }

    @Override
    public void init() throws MessagingException {
        checkInitParameters(Set.of("mode"));
        try {
            mode = ReturnPathMode.parse(getInitParameter("mode", ReturnPathMode.VERP.toString()));
        } catch (IllegalArgumentException e) {
            throw new MessagingException("ReturnPath: " + e.getMessage(), e);
        }
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        Optional<String> domain = mail.getMaybeSender().isNullSender() ? Optional.empty() : returnPathDomain(mail);
        if (domain.isPresent()) {
            MailAttributes.RETURN_PATH.set(mail, mode);
            MailAttributes.RETURN_PATH_DOMAIN.set(mail, domain.get());
        } else {
            // An earlier attempt may have left them.
            MailAttributes.RETURN_PATH.remove(mail);
            MailAttributes.RETURN_PATH_DOMAIN.remove(mail);
        }
    }

    private Optional<String> returnPathDomain(Mail mail) throws MessagingException {
        return Author.of(Messages.rawOf(mail))
                .flatMap(author -> domains.find(author.domain()))
                .map(SendingDomain::returnPathDomain);
    }
}
