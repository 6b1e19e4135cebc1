package io.postrider.server.smtp.command;

import io.postrider.server.smtp.PromptHook;
import io.postrider.server.smtp.SmtpReplies;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.esmtp.EhloExtension;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.MailParametersHook;

/**
 * The parameters of MAIL that each port knows: SIZE (<a href="https://datatracker.ietf.org/doc/html/rfc1870">RFC 1870</a>) is held against the limit before there
 * is a body, BODY (<a href="https://datatracker.ietf.org/doc/html/rfc6152">RFC 6152</a>) is 7BIT or 8BITMIME, and SMTPUTF8 (RFC 6531) is refused with its reason.
 */
public final class MailParameters implements MailParametersHook, PromptHook, EhloExtension {
    private static final String SIZE = "SIZE";
    private static final String BODY = "BODY";
    private static final String SMTPUTF8 = "SMTPUTF8";
    private static final Set<String> BODIES = Set.of("7BIT", "8BITMIME");
    /** RFC 1870, section 4. */
    private static final int MAX_SIZE_DIGITS = 20;

    @Override
    public String[] getMailParamNames() {
        return new String[] {SIZE, BODY, SMTPUTF8};
    }

    @Override
    public List<String> getImplementedEsmtpFeatures(SMTPSession session) {
        long limit = session.getConfiguration().getMaxMessageSize();
        return limit > 0 ? List.of(SIZE + " " + limit) : List.of();
    }

    @Override
    public HookResult doMailParameter(SMTPSession session, String name, String value) {
        return switch (name) {
            case SIZE -> size(value, session.getConfiguration().getMaxMessageSize());
            case BODY -> body(value);
            default ->
                SmtpReplies.deny(
                        "550",
                        "5.6.7 No route of this service carries SMTPUTF8; use ASCII addresses, with A-labels (xn--) in domains");
        };
    }

    private static HookResult size(String value, long limit) {
        if (!value.matches("\\d{1," + MAX_SIZE_DIGITS + "}")) {
            return SmtpReplies.deny("501", "5.5.4 SIZE is no number of octets; send SIZE=n, with 1 to 20 digits");
        }
        BigInteger size = new BigInteger(value);
        return limit > 0 && size.compareTo(BigInteger.valueOf(limit)) > 0
                ? SmtpReplies.deny(
                        "552", "5.3.4 A message of " + size + " octets is too large; at most " + limit + " are taken")
                : HookResult.DECLINED;
    }

    private static HookResult body(String value) {
        return BODIES.contains(value.toUpperCase(Locale.ROOT))
                ? HookResult.DECLINED
                : SmtpReplies.deny("501", "5.5.4 BODY is neither 7BIT nor 8BITMIME; send one of them");
    }
}
