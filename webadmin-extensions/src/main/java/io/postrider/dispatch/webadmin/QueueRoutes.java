package io.postrider.dispatch.webadmin;

import io.postrider.admin.webadmin.Errors;
import io.postrider.admin.webadmin.Json;
import io.postrider.admin.webadmin.Paging;
import io.postrider.admin.webadmin.PathParameters;
import io.postrider.admin.webadmin.Query;
import io.postrider.dispatch.Queues;
import io.postrider.dispatch.Queues.Entry;
import io.postrider.dispatch.Queues.State;
import io.postrider.dispatch.Queues.Status;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.EntryId;
import io.postrider.trace.MessageLog;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.inject.Inject;
import org.apache.james.webadmin.Routes;
import spark.HaltException;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /queues}: how much waits in each mail queue, for how long, and what it is. */
public final class QueueRoutes implements Routes {
    private final Queues queues;
    private final MessageLog log;

    @Inject
    public QueueRoutes(Queues queues, MessageLog log) {
        this.queues = queues;
        this.log = log;
    }

    @Override
    public String getBasePath() {
        return "/queues";
    }

    @Override
    public void define(Service service) {
        service.get(
                getBasePath(),
                Json.answer((request, response) -> new Paging.ListView<>(
                        queues.all().stream().map(StatusView::of).toList(), Optional.empty())));
        service.get(getBasePath() + "/:name", Json.answer(this::find));
        service.get(getBasePath() + "/:name/backlogs", Json.answer(this::backlogs));
        service.get(getBasePath() + "/:name/mails", Json.answer(this::mails));
    }

    private Object find(Request request, Response response) {
        String name = PathParameters.second(request);
        return queues.find(name).map(StatusView::of).orElseThrow(() -> unknown(name));
    }

    private Object backlogs(Request request, Response response) {
        String name = PathParameters.second(request);
        return queues.backlogs(name)
                .map(backlogs -> new Paging.ListView<>(
                        backlogs.stream().map(BacklogView::of).toList(), Optional.empty()))
                .orElseThrow(() -> unknown(name));
    }

    private Object mails(Request request, Response response) {
        String name = PathParameters.second(request);
        Query query = Query.of(request, "state", "limit", "cursor");
        Paging paging = Paging.of(query);
        Page<Entry> page = queues.entries(name, query.text("state").map(State::parse), paging.limit(), paging.cursor())
                .orElseThrow(() -> unknown(name));
        Map<MessageId, List<DeliveryRow>> rows = log.deliveries(
                page.items().stream().flatMap(entry -> entry.message().stream()).collect(Collectors.toSet()));
        return Paging.view(page, entry -> EntryView.of(entry, rows));
    }

    private static HaltException unknown(String name) {
        return Errors.notFound("queue", name);
    }

    private record StatusView(
            String name,
            long size,
            long waiting,
            long inWork,
            long resting,
            long delayed,
            Optional<Long> oldestWaitingSeconds,
            Optional<Instant> nextDueAt) {
        static StatusView of(Status status) {
            return new StatusView(
                    status.name(),
                    status.size(),
                    status.waiting(),
                    status.inWork(),
                    status.resting(),
                    status.delayed(),
                    status.oldest().map(Duration::toSeconds),
                    status.nextDue());
        }
    }

    private record BacklogView(
            String hop,
            Optional<String> site,
            String schedule,
            long resting,
            int inWork,
            Optional<Instant> oldestAt,
            Optional<Instant> closedUntil,
            Optional<String> reason) {
        static BacklogView of(Queues.Backlog backlog) {
            return new BacklogView(
                    backlog.hop(),
                    Optional.of(backlog.site()).filter(site -> !site.isEmpty()),
                    backlog.schedule(),
                    backlog.resting(),
                    backlog.inWork(),
                    backlog.oldest(),
                    backlog.closedUntil(),
                    Optional.of(backlog.why()).filter(why -> !why.isEmpty()));
        }
    }

    private record EntryView(
            String id,
            Optional<String> messageId,
            String state,
            Optional<String> name,
            Optional<String> sender,
            List<String> recipients,
            Optional<Instant> dueAt,
            Instant enqueuedAt,
            long size,
            Optional<Integer> attempts) {
        static EntryView of(Entry entry, Map<MessageId, List<DeliveryRow>> rows) {
            return new EntryView(
                    entry.id(),
                    entry.message().map(MessageId::value),
                    entry.state().toString(),
                    entry.name(),
                    entry.sender(),
                    entry.recipients(),
                    entry.due(),
                    entry.enqueuedAt(),
                    entry.size(),
                    attempts(entry, rows));
        }

        /** Of the recipient that has seen most of them, among those whose deliveries the entry owns. */
        private static Optional<Integer> attempts(Entry entry, Map<MessageId, List<DeliveryRow>> rows) {
            return entry.message()
                    .flatMap(message -> rows.getOrDefault(message, List.of()).stream()
                            .filter(row -> row.owner().equals(Optional.of(new EntryId(entry.id()))))
                            .map(DeliveryRow::attempts)
                            .max(Integer::compare));
        }
    }
}
