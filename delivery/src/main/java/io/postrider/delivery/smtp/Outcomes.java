package io.postrider.delivery.smtp;

import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.SmtpReply;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What a refusal means, by where it came. */
final class Outcomes {
    /** Replies about our login or the lack of it (RFC 4954, section 6): never the recipient's fault. */
    private static final Set<Integer> ABOUT_OUR_LOGIN = Set.of(530, 534, 535, 538);

    private Outcomes() {}

    /** For a refusal of MAIL, RCPT, DATA or the message. */
    static DeliveryOutcome ofRefusal(String command, String peer, SmtpReply reply) {
        String reason = peer + " answered " + command + " with " + reply;
        if (isAboutOurLogin(reply)) {
            return new DeliveryOutcome.Deferred(Optional.of(reply), reason, DeliveryOutcome.Fault.ROUTE);
        }
        return reply.isPermanent()
                ? new DeliveryOutcome.Bounced(reply)
                : new DeliveryOutcome.Deferred(Optional.of(reply), reason, DeliveryOutcome.Fault.REPLY);
    }

    static boolean isAboutOurLogin(SmtpReply reply) {
        return ABOUT_OUR_LOGIN.contains(reply.code());
    }

    static DeliveryOutcome routeFault(String reason, Optional<SmtpReply> reply) {
        return new DeliveryOutcome.Deferred(reply, reason, DeliveryOutcome.Fault.ROUTE);
    }

    static DeliveryOutcome unknown(String reason) {
        return new DeliveryOutcome.Deferred(
                Optional.empty(),
                "the outcome is unknown: the message was sent, then " + reason,
                DeliveryOutcome.Fault.UNKNOWN_OUTCOME);
    }

    /**
     * Whether a reply to RCPT says that the transaction has enough recipients, which RFC 5321 calls 452 and RFC 821 called 552. Full
     * mailboxes and disks have these codes too, but say so in an enhanced code.
     */
    static boolean tooManyRecipients(SmtpReply reply) {
        if (reply.code() != 452 && reply.code() != 552) {
            return false;
        }
        Optional<EnhancedStatusCode> enhanced = reply.enhancedCode();
        return enhanced.map(code -> code.subject() == 5 && code.detail() == 3).orElse(true)
                || reply.text().toLowerCase(Locale.ROOT).contains("too many");
    }
}
