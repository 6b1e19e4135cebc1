package io.postrider.bridge;

import io.postrider.mail.EmailAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import javax.mail.internet.AddressException;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;

/** Addresses of James as ours, and back. */
public final class Addresses {
    private static final Pattern IPV4 = Pattern.compile("\\d+\\.\\d+\\.\\d+\\.\\d+");

    private Addresses() {}

    /** Throws {@link IllegalArgumentException} for what James takes and RFC 5321 does not, such as a domain that is no host name. */
    public static EmailAddress of(MailAddress address) {
        String domain = address.getDomain().asString();
        // James drops the brackets of an address literal.
        boolean isLiteral = Character.isDigit(domain.charAt(domain.length() - 1))
                && IPV4.matcher(domain).matches();
        return new EmailAddress(address.getLocalPart(), isLiteral ? "[" + domain + "]" : domain);
    }

    /** In their order. */
    public static List<EmailAddress> of(Collection<MailAddress> addresses) {
        List<EmailAddress> ours = new ArrayList<>(addresses.size());
        for (MailAddress address : addresses) {
            ours.add(of(address));
        }
        return List.copyOf(ours);
    }

    /** Empty for the null sender. */
    public static Optional<EmailAddress> of(MaybeSender sender) {
        return sender.asOptional().map(Addresses::of);
    }

    /** Throws {@link IllegalArgumentException} for what RFC 5321 allows and James does not take, such as an IPv6 literal. */
    public static MailAddress toJames(EmailAddress address) {
        try {
            return new MailAddress(address.toString());
        } catch (AddressException e) {
            throw new IllegalArgumentException("address: '" + address + "' (expected: one that James can hold)", e);
        }
    }

    /** The null sender when there is none. */
    public static MaybeSender toJames(Optional<EmailAddress> reversePath) {
        return reversePath.map(Addresses::toJames).map(MaybeSender::of).orElseGet(MaybeSender::nullSender);
    }
}
