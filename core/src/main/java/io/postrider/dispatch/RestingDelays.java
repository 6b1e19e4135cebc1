package io.postrider.dispatch;

import io.postrider.dispatch.BacklogStore.Resting;
import io.postrider.dispatch.Reports.Occasion;
import io.postrider.dsn.DeliveryReport.Action;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.MessageLog;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Tells the senders of mail that rests in a backlog for long. Each mail is read once, when it is time to tell; until then, a backlog costs a look at one mail a minute.
 * A restart begins anew, and the log knows what has been told. For one thread.
 */
public final class RestingDelays {
    private static final int PER_RUN = 200;
    private static final Duration BETWEEN_LOOKS = Duration.ofMinutes(1);
    private static final EnhancedStatusCode NOT_NOW = new EnhancedStatusCode(4, 0, 0);

    private final Clock clock;
    private final Backlogs backlogs;
    private final EntryQueue queue;
    private final MessageLog log;
    private final Reports reports;
    private final Map<BacklogId, Place> places = new HashMap<>();

    /**
     * How far a backlog has been looked at.
     *
     * @param sequence the next is this or higher
     * @param nextLook not before that
     */
    private record Place(long sequence, Instant nextLook) {
        static final Place START = new Place(0, Instant.MIN);
    }

    public RestingDelays(Clock clock, Backlogs backlogs, EntryQueue queue, MessageLog log, Reports reports) {
        this.clock = clock;
        this.backlogs = backlogs;
        this.queue = queue;
        this.log = log;
        this.reports = reports;
    }

    /**
     * Tells some of those whose time for it has come. Blocking; to be called about once a second.
     *
     * @throws EntryQueue.QueueUnavailableException when a report is not known to be on disk: to be done again
     * @throws io.postrider.store.StoreUnavailableException when it cannot be told what is wanted: likewise
     */
    public void run() {
        List<Backlogs.Status> all = backlogs.all();
        places.keySet().retainAll(all.stream().map(Backlogs.Status::backlog).collect(Collectors.toSet()));
        all.forEach(this::run);
    }

    private void run(Backlogs.Status status) {
        Place place = places.getOrDefault(status.backlog(), Place.START);
        Instant now = clock.instant();
        int wanted = 1;
        int told = 0;
        while (!now.isBefore(place.nextLook()) && told < PER_RUN) {
            List<Resting> page = backlogs.from(status.backlog(), place.sequence(), wanted);
            if (page.isEmpty()) {
                place = new Place(place.sequence(), now.plus(BETWEEN_LOOKS));
            }
            for (Resting entry : page) {
                Parcel parcel = queue.read(entry.mail());
                if (!reports.isDelayed(parcel)) {
                    place = new Place(place.sequence(), now.plus(BETWEEN_LOOKS));
                    break;
                }
                tell(entry, parcel, status.why());
                place = new Place(entry.sequence() + 1, place.nextLook());
                told++;
            }
            places.put(status.backlog(), place);
            wanted = PER_RUN;
        }
    }

    private void tell(Resting entry, Parcel parcel, String why) {
        List<DeliveryRow> rows = log.deliveries(List.of(entry.message())).getOrDefault(entry.message(), List.of());
        for (DeliveryRow row : rows) {
            if (row.owner().equals(Optional.of(entry.id()))
                    && reports.mayBeWanted(parcel, row.recipient(), Action.DELAYED)
                    && !reports.isDelayTold(parcel, row.recipient())) {
                String explanation =
                        (why.isEmpty() ? "others wait for " + entry.backlog().lane() : why)
                                + "; no attempt was made, the next comes when it has room, by " + entry.until();
                reports.write(
                        parcel,
                        new Occasion(
                                Action.DELAYED,
                                row.recipient(),
                                NOT_NOW,
                                explanation,
                                Optional.empty(),
                                Optional.of(entry.until())));
            }
        }
    }
}
