package io.postrider.inbound.smtp;

import io.postrider.mail.EmailAddress;
import io.postrider.server.config.Settings;
import io.postrider.server.smtp.SmtpReplies;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.inject.Inject;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.hook.HookResult;

/**
 * Where mail for the people behind this service goes. The port takes reports and keeps no mailboxes, so postmaster (<a
 * href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.5.1">RFC 5321, section 4.5.1</a>) and abuse (RFC 2142) are answered with the address that a
 * person reads, by 551 (section 3.4).
 */
final class Postmaster {
    private static final Set<String> ROLES = Set.of("postmaster", "abuse");

    private final Optional<EmailAddress> address;

    @Inject
    Postmaster(Settings settings) {
        this.address = settings.rules().postmaster();
    }

    static boolean isRole(EmailAddress recipient) {
        return ROLES.contains(recipient.localPart().toLowerCase(Locale.ROOT));
    }

    HookResult refusal() {
        return SmtpReplies.deny(code(), text());
    }

    Response response() {
        return SmtpReplies.response(code(), text());
    }

    private String code() {
        return address.isPresent() ? "551" : "550";
    }

    private String text() {
        return address.map(mailbox -> "5.1.6 User not local; please try <" + mailbox + ">")
                .orElse(
                        "5.7.1 There is no mailbox here, not even postmaster; only return paths of this service are taken");
    }
}
