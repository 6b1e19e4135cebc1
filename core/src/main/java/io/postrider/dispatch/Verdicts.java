package io.postrider.dispatch;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.util.Collection;

/** Final outcomes that the pipeline decides without any attempt. Throws {@link io.postrider.store.StoreUnavailableException} when it cannot record. */
public interface Verdicts {
    /**
     * The recipients get the final state {@code bounced}. When it returns, that is recorded and they have left the receipt of the entry.
     *
     * @param entry the entry that owns the deliveries
     * @param reason why, in a sentence for the trace
     */
    void bounce(
            EntryId entry,
            MessageId message,
            Collection<EmailAddress> recipients,
            EnhancedStatusCode status,
            String reason);
}
