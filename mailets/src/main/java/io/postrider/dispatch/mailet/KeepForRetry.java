package io.postrider.dispatch.mailet;

import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.MailParcel;
import io.postrider.dispatch.Dispatcher;
import io.postrider.trace.EntryId;
import java.util.Optional;
import java.util.Set;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;

/**
 * Keeps the mail as it is now for the next attempt, which begins in the processor that this step is in. Goes first in {@code dispatch}, so that what belongs to one
 * attempt (route, return path, signature) is made anew each time, and what {@code submission} made is not made twice.
 *
 * <pre>{@code <mailet match="All" class="io.postrider.dispatch.mailet.KeepForRetry"/>}</pre>
 */
public final class KeepForRetry extends GenericMailet {
    private final Dispatcher dispatcher;

    @Inject
    KeepForRetry(Dispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    @Override
    public void init() throws MessagingException {
        checkInitParameters(Set.of());
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        Optional<EntryId> entry = MailAttributes.ENTRY_ID.find(mail);
        if (entry.isPresent()) {
            dispatcher.keepForRetry(entry.get(), MailParcel.of(mail));
        }
    }
}
