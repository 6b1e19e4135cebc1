package io.postrider.dsn;

import io.postrider.mail.EmailAddress;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** What the submitter of a message wants to be told of it. */
public record DsnRequest(EnvelopeRequest envelope, Map<EmailAddress, RecipientRequest> recipients) {
    public static final DsnRequest NONE = new DsnRequest(EnvelopeRequest.NONE, Map.of());

    public DsnRequest {
        recipients = Map.copyOf(recipients);
    }

    /** What was said with this recipient. */
    public RecipientRequest of(EmailAddress recipient) {
        return recipients.getOrDefault(recipient, RecipientRequest.NONE);
    }

    /**
     * What a next hop is asked to tell, about a recipient. Never SUCCESS: this service tells the sender that the next hop took the mail ({@code relayed}), as
     * what the next hop says goes to a return path of ours.
     *
     * @param ours whether the reverse-path is one of ours: then failures must be told, for they say which addresses are dead, whatever the sender wants to hear
     */
    public RecipientRequest forNextHop(EmailAddress recipient, boolean ours) {
        RecipientRequest wanted = of(recipient);
        if (ours || wanted.occasions().isEmpty()) {
            return new RecipientRequest(Set.of(), wanted.originalRecipient());
        }
        EnumSet<Notify> passed = EnumSet.copyOf(wanted.occasions());
        passed.remove(Notify.SUCCESS);
        return new RecipientRequest(passed.isEmpty() ? Set.of(Notify.NEVER) : passed, wanted.originalRecipient());
    }
}
