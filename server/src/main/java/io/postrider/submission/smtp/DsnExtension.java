package io.postrider.submission.smtp;

import io.postrider.bridge.Addresses;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.XText;
import io.postrider.server.smtp.PromptHook;
import io.postrider.server.smtp.SmtpReplies;
import java.time.Clock;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.inject.Inject;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.protocols.api.ProtocolSession.AttachmentKey;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.esmtp.EhloExtension;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.MailParametersHook;
import org.apache.james.protocols.smtp.hook.RcptHook;
import org.apache.james.smtpserver.JamesMessageHook;
import org.apache.mailet.Attribute;
import org.apache.mailet.AttributeName;
import org.apache.mailet.AttributeValue;
import org.apache.mailet.DsnParameters;
import org.apache.mailet.DsnParameters.EnvId;
import org.apache.mailet.DsnParameters.Notify;
import org.apache.mailet.DsnParameters.RecipientDsnParameters;
import org.apache.mailet.DsnParameters.Ret;
import org.apache.mailet.Mail;

/**
 * What a submitter wants to be told of, and how (<a href="https://datatracker.ietf.org/doc/html/rfc3461#section-4">RFC 3461, section 4</a>): RET and ENVID of MAIL,
 * NOTIFY and ORCPT of RCPT. It goes onto the mail as James's {@link DsnParameters}.
 */
public final class DsnExtension implements EhloExtension, MailParametersHook, RcptHook, JamesMessageHook, PromptHook {
    private static final int MAX_ENVID = 100;
    private static final int MAX_ORCPT = 500;
    private static final Pattern ORCPT = Pattern.compile("([!#$%&'*+/0-9=?A-Z^_`a-z{|}~.-]+);(.+)");
    private static final String INTERNET_MAIL = "rfc822";
    /** What James's own hook sets, and {@code DSNBounce} reads. */
    private static final AttributeName ARRIVAL = AttributeName.of("dsn-arrival-date");

    private static final AttachmentKey<Requested> REQUESTED = AttachmentKey.of("postrider.dsn", Requested.class);

    private static final class Requested {
        private final Map<MailAddress, RecipientDsnParameters> recipients = new HashMap<>();
        private Optional<Ret> ret = Optional.empty();
        private Optional<EnvId> envelopeId = Optional.empty();
    }

    private final Clock clock;

    @Inject
    DsnExtension(Clock clock) {
        this.clock = clock;
    }

    @Override
    public List<String> getImplementedEsmtpFeatures(SMTPSession session) {
        return List.of("DSN");
    }

    @Override
    public String[] getMailParamNames() {
        return new String[] {DsnParameters.RET_PARAMETER, DsnParameters.ENVID_PARAMETER};
    }

    @Override
    public HookResult doMailParameter(SMTPSession session, String name, String value) {
        try {
            if (name.equals(DsnParameters.RET_PARAMETER)) {
                requested(session).ret = Optional.of(retOf(value));
            } else {
                requested(session).envelopeId = Optional.of(envelopeIdOf(value));
            }
            return HookResult.DECLINED;
        } catch (IllegalArgumentException e) {
            return refused(e);
        }
    }

    @Override
    public Set<String> supportedParameters() {
        return Set.of(DsnParameters.NOTIFY_PARAMETER, DsnParameters.ORCPT_PARAMETER);
    }

    @Override
    public HookResult doRcpt(
            SMTPSession session, MaybeSender sender, MailAddress recipient, Map<String, String> parameters) {
        try {
            Optional<EnumSet<Notify>> notify = Optional.ofNullable(parameters.get(DsnParameters.NOTIFY_PARAMETER))
                    .map(DsnExtension::notifyOf);
            Optional<MailAddress> original = Optional.ofNullable(parameters.get(DsnParameters.ORCPT_PARAMETER))
                    .flatMap(DsnExtension::originalRecipientOf);
            RecipientDsnParameters.of(notify, original)
                    .ifPresent(wanted -> requested(session).recipients.put(recipient, wanted));
            return HookResult.DECLINED;
        } catch (IllegalArgumentException e) {
            return refused(e);
        }
    }

    @Override
    public HookResult onMessage(SMTPSession session, Mail mail) {
        session.getAttachment(REQUESTED, State.Transaction).ifPresent(requested -> {
            DsnParameters.Builder parameters = DsnParameters.builder();
            requested.ret.ifPresent(parameters::ret);
            requested.envelopeId.ifPresent(parameters::envId);
            // A later hook may have refused a recipient.
            requested.recipients.forEach((recipient, wanted) -> {
                if (mail.getRecipients().contains(recipient)) {
                    parameters.addRcptParameter(recipient, wanted);
                }
            });
            parameters.build().ifPresent(mail::setDsnParameters);
            mail.setAttribute(
                    new Attribute(ARRIVAL, AttributeValue.of(clock.instant().atZone(clock.getZone()))));
        });
        return HookResult.DECLINED;
    }

    private static Requested requested(SMTPSession session) {
        return session.getAttachment(REQUESTED, State.Transaction).orElseGet(() -> {
            Requested fresh = new Requested();
            session.setAttachment(REQUESTED, fresh, State.Transaction);
            return fresh;
        });
    }

    private static Ret retOf(String value) {
        return Ret.parse(value).orElseThrow(() -> new IllegalArgumentException("RET is neither FULL nor HDRS"));
    }

    private static EnvId envelopeIdOf(String value) {
        if (value.isEmpty() || value.length() > MAX_ENVID) {
            throw new IllegalArgumentException("ENVID has " + value.length() + " characters, not 1 to " + MAX_ENVID);
        }
        // Decoded and encoded again, since James knows hexadecimal digits in upper case only.
        return EnvId.of(XText.encode(decoded(DsnParameters.ENVID_PARAMETER, value)));
    }

    private static EnumSet<Notify> notifyOf(String value) {
        EnumSet<Notify> wanted = EnumSet.noneOf(Notify.class);
        for (String item : value.split(",", -1)) {
            wanted.add(Arrays.stream(Notify.values())
                    .filter(known -> known.name().equalsIgnoreCase(item))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "NOTIFY is neither NEVER nor a list of SUCCESS, FAILURE and DELAY")));
        }
        if (wanted.contains(Notify.NEVER) && wanted.size() > 1) {
            throw new IllegalArgumentException("NOTIFY has NEVER beside others; NEVER stands alone");
        }
        return wanted;
    }

    /** Empty for what is right and no Internet mail address: James has no place for it. */
    private static Optional<MailAddress> originalRecipientOf(String value) {
        Matcher parts = ORCPT.matcher(value);
        if (value.length() > MAX_ORCPT || !parts.matches()) {
            throw new IllegalArgumentException("ORCPT is not type;address of at most " + MAX_ORCPT
                    + " characters, such as rfc822;bob@example.com");
        }
        String address = decoded(DsnParameters.ORCPT_PARAMETER, parts.group(2));
        return parts.group(1).toLowerCase(Locale.ROOT).equals(INTERNET_MAIL)
                ? EmailAddress.tryParse(address).flatMap(DsnExtension::asJamesHoldsIt)
                : Optional.empty();
    }

    private static Optional<MailAddress> asJamesHoldsIt(EmailAddress address) {
        try {
            return Optional.of(Addresses.toJames(address));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String decoded(String name, String value) {
        try {
            return XText.decode(value);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + " is no " + e.getMessage(), e);
        }
    }

    private static HookResult refused(IllegalArgumentException e) {
        return SmtpReplies.deny("501", "5.5.4 " + e.getMessage() + " (RFC 3461, section 4)");
    }
}
