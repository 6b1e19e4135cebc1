package io.postrider.domain;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.HeaderField;
import io.postrider.mail.RawMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Binds what a mail says of its sender to the sending domains of the tenant
 * (<a href="https://datatracker.ietf.org/doc/html/rfc6409#section-6.1">RFC 6409, section 6.1</a>): each address in From, Sender, Resent-From and
 * Resent-Sender, and the reverse-path unless it is null. Domains must match exactly; what cannot be read is refused. Throws {@link
 * io.postrider.store.StoreUnavailableException} when the domains cannot be asked.
 */
public final class SenderPolicy {
    private static final String FROM = "From";
    private static final String SENDER = "Sender";
    private static final String RESENT_FROM = "Resent-From";
    private static final String RESENT_SENDER = "Resent-Sender";
    private static final List<String> ORIGINATORS = List.of(FROM, SENDER, RESENT_FROM, RESENT_SENDER);

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
        List<Claim> claims = new ArrayList<>();
        reversePath.ifPresent(address -> claims.add(new Claim("MAIL FROM", address.domain())));
        try {
            int authors = claim(message, FROM, claims);
            if (message.all(FROM).size() != 1) {
                return refused(message.all(FROM).size() + " From fields; send exactly one");
            }
            int senders = claim(message, SENDER, claims);
            if (message.all(SENDER).size() > 1) {
                return refused(message.all(SENDER).size() + " Sender fields; send at most one");
            }
            claim(message, RESENT_FROM, claims);
            claim(message, RESENT_SENDER, claims);
            Verdict verdict = check(tenant, claims);
            if (verdict instanceof Verdict.Allowed && authors > 1 && senders != 1) {
                return refused(authors + " addresses in From and " + senders
                        + " in Sender; name the one that sends it in Sender (RFC 5322, section 3.6.2)");
            }
            return verdict;
        } catch (IllegalArgumentException e) {
            return refused(printable(e.getMessage()) + "; send it as RFC 5322 says");
        }
    }

    /** Whether {@link #check} would answer at once. Does not block itself. */
    public boolean isPrompt(Optional<EmailAddress> reversePath, RawMessage message) {
        List<Claim> claims = new ArrayList<>();
        reversePath.ifPresent(address -> claims.add(new Claim("MAIL FROM", address.domain())));
        try {
            for (String field : ORIGINATORS) {
                claim(message, field, claims);
            }
        } catch (IllegalArgumentException e) {
            return true; // It is refused without asking.
        }
        return claims.stream().allMatch(claim -> domains.isAtHand(claim.domain()));
    }

    /** Adds what the fields of that name claim, and counts the addresses in them. */
    private static int claim(RawMessage message, String name, List<Claim> claims) {
        int count = 0;
        for (HeaderField field : message.all(name)) {
            List<EmailAddress> addresses;
            try {
                addresses = field.addresses();
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(name + " cannot be read, " + e.getMessage(), e);
            }
            if (addresses.isEmpty()) {
                throw new IllegalArgumentException(name + " names no address");
            }
            addresses.forEach(address -> claims.add(new Claim(name, address.domain())));
            count += addresses.size();
        }
        return count;
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
