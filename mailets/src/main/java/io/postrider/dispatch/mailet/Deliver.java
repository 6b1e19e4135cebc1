package io.postrider.dispatch.mailet;

import io.postrider.bridge.AcceptedMail;
import io.postrider.bridge.Addresses;
import io.postrider.bridge.DsnRequests;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.Messages;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.Dispatcher.HandOver;
import io.postrider.dispatch.Dispatcher.Leg;
import io.postrider.dsn.DsnRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.mail.RawMessage;
import io.postrider.returnpath.ReturnPathMode;
import io.postrider.returnpath.ReturnPaths;
import io.postrider.route.HeaderSet;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;

/**
 * Hands the mail over to delivery, by the ways, the return path and the signatures that earlier steps have noted on it, and drops it: delivery keeps the bytes,
 * and the queue keeps the entry until each recipient has an outcome. The last step of {@code dispatch}.
 *
 * <pre>{@code <mailet match="All" class="io.postrider.dispatch.mailet.Deliver"/>}</pre>
 */
public final class Deliver extends GenericMailet {
    private final Dispatcher dispatcher;
    private final ReturnPaths returnPaths;
    private final Relays relays;

    @Inject
    Deliver(Dispatcher dispatcher, ReturnPaths returnPaths, Relays relays) {
        this.dispatcher = dispatcher;
        this.returnPaths = returnPaths;
        this.relays = relays;
    }

    @Override
    public void init() throws MessagingException {
        checkInitParameters(Set.of());
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        DsnRequest reports = DsnRequests.of(mail);
        Map<EmailAddress, List<Hop>> routes = MailAttributes.ROUTES.require(mail);
        Map<List<Hop>, List<Addressee>> byWay = new LinkedHashMap<>();
        for (EmailAddress recipient : Addresses.of(mail.getRecipients())) {
            List<Hop> hops = routes.getOrDefault(recipient, List.of());
            if (hops.isEmpty()) {
                throw new MessagingException("no route for " + recipient + " (expected: one by the step Route)");
            }
            byWay.computeIfAbsent(hops, any -> new ArrayList<>())
                    .add(new Addressee(
                            recipient,
                            returnPath(mail, recipient),
                            reports.forNextHop(
                                    recipient,
                                    MailAttributes.RETURN_PATH.find(mail).isPresent())));
        }
        for (Map.Entry<List<Hop>, List<Addressee>> way : byWay.entrySet()) {
            List<Leg> legs = new ArrayList<>();
            for (Hop hop : way.getKey()) {
                legs.add(new Leg(hop, content(mail, headerSet(hop))));
            }
            dispatcher.handOver(
                    MailAttributes.ENTRY_ID.require(mail), new HandOver(legs, way.getValue(), reports.envelope()));
        }
        mail.setState(Mail.GHOST);
    }

    private Optional<EmailAddress> returnPath(Mail mail, EmailAddress recipient) throws MessagingException {
        Optional<ReturnPathMode> mode = MailAttributes.RETURN_PATH.find(mail);
        if (mode.isEmpty()) {
            return Addresses.of(mail.getMaybeSender());
        }
        MessageId message = MailAttributes.MESSAGE_ID.require(mail);
        String domain = MailAttributes.RETURN_PATH_DOMAIN.require(mail);
        return Optional.of(
                mode.get() == ReturnPathMode.VERP
                        ? returnPaths.create(message, AcceptedMail.indexOf(mail, recipient), domain)
                        : returnPaths.createForMessage(message, domain));
    }

    private HeaderSet headerSet(Hop hop) {
        return hop instanceof Hop.ViaRelay via
                ? relays.find(via.name()).map(Relay::headerSet).orElse(HeaderSet.FULL)
                : HeaderSet.FULL;
    }

    private static List<ByteBuffer> content(Mail mail, HeaderSet set) throws MessagingException {
        RawMessage message = Messages.rawOf(mail);
        Optional<String> signatures = MailAttributes.dkim(set).find(mail);
        if (signatures.isEmpty()) {
            return message.parts();
        }
        List<ByteBuffer> parts = new ArrayList<>();
        parts.add(ByteBuffer.wrap(signatures.get().getBytes(StandardCharsets.US_ASCII))
                .asReadOnlyBuffer());
        parts.addAll(message.parts());
        return parts;
    }
}
