package io.postrider.domain;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.HeaderField;
import io.postrider.mail.MailboxList;
import io.postrider.mail.RawMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Binds what a mail says of its sender to the sending domains of the tenant
 * (<a href="https://datatracker.ietf.org/doc/html/rfc6409#section-6.1">RFC 6409, section 6.1</a>): each address in From and Sender, and the
 * reverse-path unless it is null. Domains must match exactly; what cannot be read is refused. Throws {@link
 * io.postrider.store.StoreUnavailableException} when the domains cannot be asked.
 */
public final class SenderPolicy {
    private final SendingDomains domains;

    public SenderPolicy(SendingDomains domains) {
        this.domains = domains;
    }

    /** What the policy says of a mail. */
    public sealed interface Verdict {
        /** The tenant may send it. */
        record Allowed() implements Verdict {}

        /** The tenant may not; the text is that of an SMTP reply, enhanced code first. */
        record Refused(String text) implements Verdict {}
    }

    /** Checks the reverse-path alone, before there is a message. */
    public Verdict check(String tenant, Optional<EmailAddress> reversePath) {
        return check(
                tenant,
                reversePath.stream()
                        .map(address -> new Claim("MAIL FROM", address.domain()))
                        .toList());
    }

    public Verdict check(String tenant, Optional<EmailAddress> reversePath, RawMessage message) {
        List<HeaderField> from = message.all("From");
        if (from.size() != 1) {
            return refused(from.size() + " From fields; send exactly one");
        }
        List<HeaderField> sender = message.all("Sender");
        if (sender.size() > 1) {
            return refused(sender.size() + " Sender fields; send at most one");
        }
        List<Claim> claims = new ArrayList<>();
        reversePath.ifPresent(address -> claims.add(new Claim("MAIL FROM", address.domain())));
        for (HeaderField field :
                List.of(from, sender).stream().flatMap(List::stream).toList()) {
            String name = field.isNamed("From") ? "From" : "Sender";
            try {
                List<EmailAddress> addresses = MailboxList.parse(field.value());
                if (addresses.isEmpty()) {
                    return refused(name + " names no address; send one of a sending domain");
                }
                addresses.forEach(address -> claims.add(new Claim(name, address.domain())));
            } catch (IllegalArgumentException e) {
                return refused(name + " cannot be read, " + printable(e.getMessage()) + "; send it as RFC 5322 says");
            }
        }
        return check(tenant, claims);
    }

    private record Claim(String where, String domain) {}

    private Verdict check(String tenant, List<Claim> claims) {
        Map<String, Boolean> answers = new HashMap<>();
        for (Claim claim : claims) {
            boolean ours = answers.computeIfAbsent(
                    claim.domain(),
                    name -> domains.find(name)
                            .filter(domain -> domain.tenant().equals(tenant))
                            .isPresent());
            if (!ours) {
                return refused(
                        claim.where() + " domain " + claim.domain() + " is not a sending domain of tenant " + tenant
                                + "; add it with PUT /sendingDomains/" + claim.domain() + " or send from one of yours");
            }
        }
        return new Verdict.Allowed();
    }

    private static Verdict refused(String text) {
        return new Verdict.Refused("5.7.1 " + text);
    }

    /** Reply texts are ASCII (RFC 5321, section 4.2), and parts of this one came from outside. */
    private static String printable(String text) {
        return text.replaceAll("[^ -~]", "?");
    }
}
