package io.postrider.dispatch.mailet;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.dispatch.Dispatcher;
import io.postrider.trace.EntryId;
import java.util.Optional;
import java.util.Set;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;

/**
 * Puts the mail aside for a person to look at: its deliveries get the state {@code held}, the mail is kept in the repository {@code postrider://held}, and can be
 * sent back to the queue from there. A mail that is no message of ours goes on to the next step.
 *
 * <pre>{@code
 * <mailet match="All" class="io.postrider.dispatch.mailet.Hold">
 *   <reason>a step of the pipeline failed</reason> <!-- used when the mail has no error message of its own -->
 * </mailet>
 * }</pre>
 */
public final class Hold extends GenericMailet {
    private final Dispatcher dispatcher;
    private String reason = "";

    @Inject
    Hold(Dispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    @Override
    public void init() throws MessagingException {
        checkInitParameters(Set.of("reason"));
        reason = getInitParameter("reason", "a step of the pipeline failed");
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        Optional<EntryId> entry = MailAttributes.ENTRY_ID.find(mail);
        if (entry.isPresent()) {
            String error = mail.getErrorMessage();
            dispatcher.hold(entry.get(), Addresses.of(mail.getRecipients()), error == null ? reason : error);
            mail.setState(Mail.GHOST);
        }
    }
}
