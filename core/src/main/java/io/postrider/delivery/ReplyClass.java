package io.postrider.delivery;

import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.SmtpReply;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a reply means, by the enhanced code alone (<a href="https://datatracker.ietf.org/doc/html/rfc3463#section-3">RFC 3463, section 3</a>).
 *
 * @param cause in lower camel case, such as {@code recipientUnknown}
 * @param permanence whether the cause lasts
 * @param rule the rule that decided
 */
public record ReplyClass(String cause, Permanence permanence, String rule) {
    /** Whether a cause lasts. */
    public enum Permanence {
        /** The address or the mail will never do. */
        HARD,
        /** It may do another time. */
        SOFT,
        /** No failure. */
        NONE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Map<String, String> CAUSES = Map.ofEntries(
            Map.entry("1.1", "recipientUnknown"),
            Map.entry("1.2", "domainUnknown"),
            Map.entry("1.3", "recipientUnknown"),
            Map.entry("1.6", "moved"),
            Map.entry("1.10", "domainUnknown"),
            Map.entry("2.1", "mailboxDisabled"),
            Map.entry("2.2", "mailboxFull"),
            Map.entry("2.3", "size"),
            Map.entry("3.4", "size"),
            Map.entry("7.8", "authentication"));

    /** Classifies a reply to the mail. */
    public static ReplyClass of(SmtpReply reply) {
        if (reply.isPositive()) {
            return new ReplyClass("none", Permanence.NONE, "rfc5321:2yz");
        }
        return ofFailure(reply.enhancedCode(), reply.isPermanent(), "rfc5321:" + reply.code());
    }

    private static ReplyClass ofFailure(Optional<EnhancedStatusCode> enhanced, boolean permanent, String otherRule) {
        String key = enhanced.map(code -> code.subject() + "." + code.detail()).orElse("");
        String cause = CAUSES.getOrDefault(key, "undetermined");
        boolean hard = permanent && !cause.equals("mailboxFull");
        return new ReplyClass(
                cause,
                hard ? Permanence.HARD : Permanence.SOFT,
                cause.equals("undetermined") ? otherRule : "rfc3463:x." + key);
    }

    /** Classifies an outcome: a reply to the mail, or a fault of the way there, which says nothing of the recipient. */
    public static ReplyClass of(DeliveryOutcome outcome) {
        if (outcome instanceof DeliveryOutcome.Deferred deferred) {
            return switch (deferred.fault()) {
                case ROUTE -> new ReplyClass("route", Permanence.SOFT, "route");
                case UNKNOWN_OUTCOME -> new ReplyClass("connection", Permanence.SOFT, "connection");
                case REPLY ->
                    deferred.reply()
                            .map(ReplyClass::of)
                            .orElse(new ReplyClass("connection", Permanence.SOFT, "connection"));
            };
        }
        if (outcome instanceof DeliveryOutcome.Undeliverable undeliverable) {
            return ofFailure(Optional.of(undeliverable.status()), true, "dns");
        }
        return of(outcome.finalReply().orElseThrow());
    }
}
