package io.postrider.queue;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.MailCodec;
import io.postrider.bridge.MailParcel;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.Dispatcher.Admission;
import io.postrider.dispatch.EntryHead;
import io.postrider.mail.EmailAddress;
import io.postrider.trace.EntryId;
import java.util.List;
import javax.mail.MessagingException;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.apache.james.server.core.MailImpl;

/** The mail of an entry that is a message of ours, wherever the entry rested. */
final class EntryMail {
    private final byte[] encoded;
    private final MailCodec.Decoded decoded;
    private final MailImpl mail;

    private EntryMail(byte[] encoded, MailCodec.Decoded decoded) {
        this.encoded = encoded;
        this.decoded = decoded;
        this.mail = decoded.mail();
    }

    /** @param encoded kept, not copied: must not be changed any more */
    static EntryMail of(byte[] encoded) throws MessagingException {
        return new EntryMail(encoded, MailCodec.read(encoded));
    }

    List<EmailAddress> recipients() {
        return Addresses.of(mail.getRecipients());
    }

    MailParcel parcel() throws MessagingException {
        return MailParcel.of(encoded, decoded);
    }

    /** What goes through the pipeline, now that the entry is in work: the mail for those whom it may handle. */
    Tracked inWork(EntryHead head, Admission.Work work, Dispatcher dispatcher) throws MessagingException {
        if (!work.recipients().equals(head.recipients())) {
            mail.setRecipients(
                    work.recipients().stream().map(Addresses::toJames).toList());
        }
        MailAttributes.ENTRY_ID.set(mail, head.id());
        return new Tracked(mail, head.id(), dispatcher);
    }

    /** A message of ours in work: the dispatcher acknowledges it, when each recipient has an outcome or a new entry. */
    record Tracked(MailImpl mail, EntryId entry, Dispatcher dispatcher) implements MailQueueItem {
        @Override
        public MailImpl getMail() {
            return mail;
        }

        @Override
        public void done(CompletionStatus status) {
            switch (status) {
                case SUCCESS -> dispatcher.endOfPipeline(entry, "the pipeline ended without a decision about it");
                case RETRY -> givenBack();
                case REJECT -> dispatcher.endOfPipeline(entry, "the pipeline failed: " + mail.getErrorMessage());
            }
        }

        void givenBack() {
            dispatcher.postpone(entry, "the pipeline gave it back");
            dispatcher.endOfPipeline(entry, "the pipeline gave it back");
        }
    }
}
