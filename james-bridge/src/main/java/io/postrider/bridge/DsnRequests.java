package io.postrider.bridge;

import io.postrider.dsn.DsnRequest;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.dsn.EnvelopeRequest.Returned;
import io.postrider.dsn.Notify;
import io.postrider.dsn.RecipientRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.XText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.mailet.AttributeName;
import org.apache.mailet.DsnParameters;
import org.apache.mailet.DsnParameters.RecipientDsnParameters;
import org.apache.mailet.Mail;

/** What the DSN parameters of a {@link Mail} say. */
public final class DsnRequests {
    private static final List<AttributeName> NAMES = names();

    private DsnRequests() {}

    private static List<AttributeName> names() {
        List<AttributeName> names = new ArrayList<>();
        DsnParameters.DsnAttributeValues.forEachDsnAttributeName(names::add);
        return List.copyOf(names);
    }

    public static DsnRequest of(Mail mail) {
        // James copies all attributes to find out that there are none of these.
        for (AttributeName name : NAMES) {
            if (mail.getAttribute(name).isPresent()) {
                return readFrom(mail);
            }
        }
        return DsnRequest.NONE;
    }

    private static DsnRequest readFrom(Mail mail) {
        return mail.dsnParameters().map(DsnRequests::of).orElse(DsnRequest.NONE);
    }

    private static DsnRequest of(DsnParameters parameters) {
        Map<EmailAddress, RecipientRequest> recipients = new HashMap<>();
        parameters
                .getRcptParameters()
                .forEach((recipient, wanted) -> recipients.put(Addresses.of(recipient), of(wanted)));
        return new DsnRequest(
                new EnvelopeRequest(
                        parameters.getRetParameter().map(ret -> Returned.valueOf(ret.name())),
                        parameters.getEnvIdParameter().map(id -> XText.decode(id.asString()))),
                recipients);
    }

    private static RecipientRequest of(RecipientDsnParameters wanted) {
        Set<Notify> occasions = wanted.getNotifyParameter().stream()
                .flatMap(Set::stream)
                .map(value -> Notify.valueOf(value.name()))
                .collect(Collectors.toSet());
        return new RecipientRequest(
                occasions,
                wanted.getOrcptParameter().map(address -> DsnParameters.RFC_822_PREFIX + Addresses.of(address)));
    }
}
