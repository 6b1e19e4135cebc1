package io.postrider.dispatch;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.dsn.DeliveryReport;
import io.postrider.dsn.DeliveryReport.Action;
import io.postrider.dsn.DsnRequest;
import io.postrider.dsn.EnvelopeRequest.Returned;
import io.postrider.dsn.Notify;
import io.postrider.mail.Author;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.MessageId;
import io.postrider.mail.RawMessage;
import io.postrider.mail.SmtpReply;
import io.postrider.tenant.BounceReports;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.EntryId;
import io.postrider.trace.MessageLog;
import io.postrider.trace.Recorder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Tells senders what became of their mail, where they want it (<a href="https://datatracker.ietf.org/doc/html/rfc3461">RFC 3461</a>): a report is a mail of its
 * own, from the null reverse-path, in the queue like any other. Its id follows from what it reports, so that to write it a second time, after a crash, is to
 * write the same: the second copy owns nothing any more. A report is never reported on, as nothing is that comes from the null reverse-path.
 */
public final class Reports {
    /** Whose mail the reports are. */
    public static final String SUBMITTER = "postrider:reports";
    /** The stream that they go by. */
    public static final String STREAM = "reports";

    private static final String LOCAL_PART = "mailer-daemon";

    /**
     * @param reportingMta host name of this service
     * @param delayAfter from acceptance until a delay is told
     * @param maxReturned bytes of a message that is given back whole, and of a header that is given back alone
     */
    public record Settings(String reportingMta, Duration delayAfter, long maxReturned) {}

    /**
     * What is reported.
     *
     * @param attempt the last one, if there was any
     * @param retryUntil for a delay
     */
    record Occasion(
            Action action,
            EmailAddress recipient,
            EnhancedStatusCode status,
            String explanation,
            Optional<Attempt> attempt,
            Optional<Instant> retryUntil) {}

    private final Function<String, BounceReports> wishOfTenant;
    private final EntryQueue queue;
    private final MessageLog log;
    private final Recorder recorder;
    private final Clock clock;
    private final Settings settings;

    /** @param wishOfTenant by the name of a tenant; throws {@link io.postrider.store.StoreUnavailableException} when it cannot tell */
    public Reports(
            Function<String, BounceReports> wishOfTenant,
            EntryQueue queue,
            MessageLog log,
            Recorder recorder,
            Clock clock,
            Settings settings) {
        this.wishOfTenant = wishOfTenant;
        this.queue = queue;
        this.log = log;
        this.recorder = recorder;
        this.clock = clock;
        this.settings = settings;
    }

    /** Whether an entry is a report: of those there may be two, and only the log tells which one counts. */
    static boolean isReport(Parcel parcel) {
        return parcel.accepted(List.of()).submitter().equals(SUBMITTER);
    }

    /** Whether somebody could want to hear of this at all: a look that asks no store. */
    boolean mayBeWanted(Parcel parcel, EmailAddress recipient, Action action) {
        Set<Notify> said = parcel.dsn().of(recipient).occasions();
        boolean possible = said.isEmpty() ? action != Action.RELAYED : said.contains(occasion(action));
        return possible && parcel.accepted(List.of(recipient)).sender().isPresent();
    }

    /** Whether a delivery of this message has lasted so long that a delay is to be told. */
    boolean isDelayed(Parcel parcel) {
        return !clock.instant().isBefore(parcel.acceptedAt().plus(settings.delayAfter()));
    }

    /** Whether a report of a delay has been written. Blocking. */
    boolean isDelayTold(Parcel parcel, EmailAddress recipient) {
        MessageId id = idOf(parcel.accepted(List.of(recipient)), recipient, Action.DELAYED);
        return !log.deliveries(List.of(id)).isEmpty();
    }

    /**
     * Writes the report, if it is wanted: when it returns, the report is on disk. Blocking.
     *
     * @throws EntryQueue.QueueUnavailableException when it is not known to be on disk: to be done again
     * @throws io.postrider.store.StoreUnavailableException when it cannot be told whether it is wanted: likewise
     */
    void write(Parcel parcel, Occasion occasion) {
        AcceptedMessage original = parcel.accepted(List.of(occasion.recipient()));
        if (!isWanted(parcel.dsn(), original.tenant(), occasion)) {
            return;
        }
        RawMessage content = RawMessage.parse(parcel.content());
        EmailAddress to = original.sender().orElseThrow();
        DeliveryReport report = report(parcel, original, to, content, occasion);
        byte[] bytes = report.toBytes();
        AcceptedMessage message = new AcceptedMessage(
                report.id(),
                original.tenant(),
                STREAM,
                SUBMITTER,
                Optional.empty(),
                report.subject(),
                bytes.length,
                report.at(),
                List.of(to));
        recorder.announce(message.id());
        try {
            queue.put(EntryId.firstOf(message.id()), message.id(), queue.mailOf(message, bytes), Optional.empty());
            recorder.submit(message);
        } finally {
            recorder.withdraw(message.id());
        }
    }

    private boolean isWanted(DsnRequest request, String tenant, Occasion occasion) {
        if (!request.of(occasion.recipient()).occasions().isEmpty()) {
            return request.of(occasion.recipient()).occasions().contains(occasion(occasion.action()));
        }
        BounceReports wish = wishOfTenant.apply(tenant);
        return switch (occasion.action()) {
            case FAILED -> wish != BounceReports.NONE;
            case DELAYED -> wish == BounceReports.FAILURE_AND_DELAY;
            case RELAYED -> false;
        };
    }

    private DeliveryReport report(
            Parcel parcel, AcceptedMessage original, EmailAddress to, RawMessage content, Occasion occasion) {
        DsnRequest request = parcel.dsn();
        // The author's domain is the tenant's, so that the report passes the policy and is signed like all its mail.
        String domain = Author.of(content).map(EmailAddress::domain).orElse(to.domain());
        return new DeliveryReport(
                idOf(original, occasion.recipient(), occasion.action()),
                settings.reportingMta(),
                new EmailAddress(LOCAL_PART, domain),
                to,
                clock.instant(),
                original.acceptedAt(),
                request.envelope().envelopeId(),
                occasion.recipient(),
                request.of(occasion.recipient()).originalRecipient(),
                new DeliveryReport.Status(
                        occasion.action(),
                        occasion.status(),
                        occasion.explanation(),
                        occasion.attempt().flatMap(Reports::peer),
                        occasion.attempt().flatMap(Reports::reply),
                        occasion.attempt().map(Attempt::at),
                        occasion.retryUntil()),
                content,
                returned(request, content, occasion.action()),
                settings.maxReturned());
    }

    /** RET is about failures only, and a large message is nobody's wish (RFC 3461, section 4.3). */
    private Returned returned(DsnRequest request, RawMessage content, Action action) {
        boolean whole = action == Action.FAILED
                && request.envelope().returned().orElse(Returned.HDRS) == Returned.FULL
                && content.size() <= settings.maxReturned();
        return whole ? Returned.FULL : Returned.HDRS;
    }

    private static MessageId idOf(AcceptedMessage original, EmailAddress recipient, Action action) {
        return original.id().derived(action + " " + recipient);
    }

    private static Optional<String> peer(Attempt attempt) {
        return attempt.outcome().finalReply().isPresent() && !attempt.mx().isEmpty()
                ? Optional.of(attempt.mx().replaceFirst(":\\d+$", ""))
                : Optional.empty();
    }

    private static Optional<SmtpReply> reply(Attempt attempt) {
        return attempt.outcome() instanceof Deferred deferred
                ? deferred.reply()
                : attempt.outcome().finalReply();
    }

    private static Notify occasion(Action action) {
        return switch (action) {
            case FAILED -> Notify.FAILURE;
            case DELAYED -> Notify.DELAY;
            case RELAYED -> Notify.SUCCESS;
        };
    }
}
