package io.postrider.route.mailet;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.mail.Author;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import io.postrider.route.Route.Question;
import io.postrider.route.RouteTable;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;

/**
 * Chooses the way of each recipient by the route table, and notes it in the attribute {@code postrider.routes}. The sender domain that routes
 * ask for is that of the author (RFC5322.From), or of the reverse-path when the author cannot be read.
 *
 * <pre>{@code <mailet match="All" class="io.postrider.route.mailet.Route"/>}</pre>
 */
public final class Route extends GenericMailet {
    private final RouteTable table;

    @Inject
    Route(RouteTable table) {
        this.table = table;
    }

    @Override
    public void init() throws MessagingException {
        checkInitParameters(Set.of());
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        String tenant = MailAttributes.TENANT.require(mail);
        String stream = MailAttributes.STREAM.require(mail);
        String senderDomain = Author.of(Messages.rawOf(mail))
                .or(() -> Addresses.of(mail.getMaybeSender()))
                .map(EmailAddress::domain)
                .orElse("");
        Map<String, List<Hop>> byDomain = new HashMap<>(); // one question for each domain, not for each recipient
        Map<EmailAddress, List<Hop>> routes = new LinkedHashMap<>();
        for (EmailAddress recipient : Addresses.of(mail.getRecipients())) {
            routes.put(
                    recipient,
                    byDomain.computeIfAbsent(
                            recipient.domain(),
                            domain -> table.routeFor(new Question(tenant, stream, senderDomain, domain))
                                    .via()));
        }
        MailAttributes.ROUTES.set(mail, routes);
    }
}
