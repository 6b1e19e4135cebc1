package io.postrider.bridge;

import io.postrider.dsn.DsnRequest;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.dsn.EnvelopeRequest.Returned;
import io.postrider.dsn.Notify;
import io.postrider.dsn.RecipientRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.XText;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.mailet.DsnParameters;
import org.apache.mailet.DsnParameters.RecipientDsnParameters;
import org.apache.mailet.Mail;

/** What the DSN parameters of a {@link Mail} say. */
public final class DsnRequests {
    private DsnRequests() {}

    public static DsnRequest of(Mail mail) {
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
