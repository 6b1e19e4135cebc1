package io.postrider.dkim.mailet;

import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.dkim.DkimSigner;
import io.postrider.dkim.SigningKey;
import io.postrider.dkim.SigningKeys;
import io.postrider.mail.Author;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.RawMessage;
import io.postrider.route.HeaderSet;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signs with all active keys of the author's sending domain, once for each header set that the ways of the recipients keep, those of fail-over
 * among them. The message stays as it is: the signatures go into the attributes {@code postrider.dkim.FULL} and {@code postrider.dkim.SES}, and
 * delivery puts those on top that fit the way taken. Nothing may change the message after this step. Goes behind {@code Route}; without it, the
 * header set is FULL.
 *
 * <pre>{@code
 * <mailet match="All" class="io.postrider.dkim.mailet.DkimSign">
 *   <required>true</required> <!-- fail when there is no key, so that mail waits in the error queue; false by default: send unsigned -->
 * </mailet>
 * }</pre>
 */
public final class DkimSign extends GenericMailet {
    private static final Logger LOGGER = LoggerFactory.getLogger(DkimSign.class);

    private final SigningKeys keys;
    private final Relays relays;
    private final Clock clock;
    private boolean required;

    @Inject
    DkimSign(SigningKeys keys, Relays relays, Clock clock) {
        this.keys = keys;
        this.relays = relays;
        this.clock = clock;
    }

    @Override
    public void init() throws MessagingException {
        checkInitParameters(Set.of("required"));
        String text = getInitParameter("required", "false");
        if (!text.equals("true") && !text.equals("false")) {
            throw new MessagingException("DkimSign: required: '" + text + "' (expected: true or false)");
        }
        required = Boolean.parseBoolean(text);
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        for (HeaderSet set : HeaderSet.values()) {
            MailAttributes.dkim(set).remove(mail); // an earlier attempt may have left them, made by keys that are gone
        }
        RawMessage message = Messages.rawOf(mail);
        Optional<String> domain = Author.of(message).map(EmailAddress::domain);
        List<SigningKey> active = domain.map(keys::activeFor).orElse(List.of());
        if (active.isEmpty()) {
            String what = "no active DKIM key for "
                    + domain.map(name -> "domain " + name).orElse("a mail without author");
            if (required) {
                throw new MessagingException(what + " (expected: one, as DkimSign is required)");
            }
            LOGGER.debug("{}: mail {} goes unsigned", what, mail.getName());
            return;
        }
        DkimSigner signer = new DkimSigner(message);
        Instant now = clock.instant();
        for (HeaderSet set : headerSets(mail)) {
            String fields =
                    active.stream().map(key -> signer.sign(key, set, now)).collect(Collectors.joining());
            MailAttributes.dkim(set).set(mail, fields);
        }
    }

    private Set<HeaderSet> headerSets(Mail mail) throws MessagingException {
        Set<Hop> hops = MailAttributes.ROUTES.find(mail).stream()
                .flatMap(routes -> routes.values().stream())
                .flatMap(Collection::stream)
                .collect(Collectors.toSet());
        EnumSet<HeaderSet> sets = EnumSet.noneOf(HeaderSet.class);
        hops.forEach(hop -> sets.add(headerSet(hop)));
        return sets.isEmpty() ? EnumSet.of(HeaderSet.FULL) : sets;
    }

    private HeaderSet headerSet(Hop hop) {
        return hop instanceof Hop.ViaRelay via
                ? relays.find(via.name()).map(Relay::headerSet).orElse(HeaderSet.FULL)
                : HeaderSet.FULL;
    }
}
