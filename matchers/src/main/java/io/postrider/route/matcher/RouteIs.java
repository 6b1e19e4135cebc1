package io.postrider.route.matcher;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import javax.mail.MessagingException;
import org.apache.james.core.MailAddress;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMatcher;

/**
 * Matches the recipients whose way starts with the hop given. Goes behind the mailet {@code Route}.
 *
 * <pre>{@code <mailet match="io.postrider.route.matcher.RouteIs=relay:ses" class="…"/>}</pre>
 */
public final class RouteIs extends GenericMatcher {
    private Hop hop = new Hop.Simulator();

    @Override
    public void init() throws MessagingException {
        String condition = getCondition();
        try {
            hop = Hop.parse(condition == null ? "" : condition.strip());
        } catch (IllegalArgumentException e) {
            throw new MessagingException("RouteIs: condition '" + condition + "' (expected: " + Hop.SYNTAX + ")", e);
        }
    }

    @Override
    public Collection<MailAddress> match(Mail mail) throws MessagingException {
        Map<EmailAddress, List<Hop>> routes = MailAttributes.ROUTES.require(mail);
        return mail.getRecipients().stream()
                .filter(recipient -> routes.getOrDefault(Addresses.of(recipient), List.of()).stream()
                        .limit(1)
                        .anyMatch(hop::equals))
                .toList();
    }
}
