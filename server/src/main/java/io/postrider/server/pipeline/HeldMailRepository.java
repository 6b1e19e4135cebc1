package io.postrider.server.pipeline;

import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailAttributes;
import io.postrider.bridge.MailCodec;
import io.postrider.dispatch.Dispatcher;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import io.postrider.trace.HeldMails;
import java.time.Clock;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.inject.Inject;
import javax.mail.MessagingException;
import org.apache.james.mailrepository.api.MailKey;
import org.apache.james.mailrepository.api.MailRepository;
import org.apache.james.mailrepository.api.MailRepositoryUrl;
import org.apache.mailet.Mail;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The held mails as a mail repository of James, so that WebAdmin shows, reprocesses and deletes them. To delete one is to cancel its deliveries. */
public final class HeldMailRepository implements MailRepository {
    /** Where it is found. */
    public static final MailRepositoryUrl URL = MailRepositoryUrl.from("postrider://held");

    private static final Logger LOGGER = LoggerFactory.getLogger(HeldMailRepository.class);
    private static final int PAGE = 200;

    private final HeldMails heldMails;
    private final Dispatcher dispatcher;
    private final Clock clock;

    @Inject
    HeldMailRepository(HeldMails heldMails, Dispatcher dispatcher, Clock clock) {
        this.heldMails = heldMails;
        this.dispatcher = dispatcher;
        this.clock = clock;
    }

    @Override
    public long size() {
        return heldMails.count();
    }

    @Override
    public MailKey store(Mail mail) throws MessagingException {
        EntryId entry = MailAttributes.ENTRY_ID.require(mail);
        String error = mail.getErrorMessage();
        String cause = error == null ? "put aside by the pipeline" : error;
        return dispatcher
                .hold(entry, Addresses.of(mail.getRecipients()), cause)
                .map(key -> new MailKey(key.value()))
                .orElseThrow(() -> new MessagingException(
                        "mail " + mail.getName() + ": no recipient of it is in the pipeline (any more)"));
    }

    @Override
    public Iterator<MailKey> list() {
        return Stream.iterate(
                        heldMails.keys(Optional.empty(), PAGE),
                        page -> !page.isEmpty(),
                        page -> heldMails.keys(Optional.of(page.get(page.size() - 1)), PAGE))
                .flatMap(List::stream)
                .map(key -> new MailKey(key.value()))
                .iterator();
    }

    @Override
    public @Nullable Mail retrieve(MailKey key) throws MessagingException {
        Optional<HeldMail> found = heldMails.find(new EntryId(key.asString()));
        if (found.isEmpty()) {
            return null;
        }
        Mail mail;
        try {
            mail = MailCodec.decode(found.get().entry());
        } catch (MessagingException | IllegalArgumentException e) {
            // James ends the reprocessing of all others where one cannot be had.
            LOGGER.error("the held mail {} cannot be read; it can only be deleted", key.asString(), e);
            return null;
        }
        mail.setErrorMessage(found.get().cause());
        MailAttributes.HELD_KEY.set(mail, found.get().key());
        return mail;
    }

    @Override
    public void remove(MailKey key) {
        heldMails.discard(new EntryId(key.asString()), clock.instant());
    }

    @Override
    public void removeAll() {
        list().forEachRemaining(this::remove);
    }
}
