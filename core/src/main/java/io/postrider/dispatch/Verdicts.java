package io.postrider.dispatch;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.util.Collection;

/** What the pipeline may decide about recipients without an attempt. */
public interface Verdicts {
    /** Ends the deliveries in {@code bounced}. Recipients that the entry does not own are left alone. */
    void bounce(
            EntryId entry,
            MessageId message,
            Collection<EmailAddress> recipients,
            EnhancedStatusCode status,
            String reason);
}
