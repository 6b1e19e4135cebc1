package io.postrider.admin.webadmin;

import io.postrider.dispatch.MessageOperations;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.MessageTrace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** A message log that holds the traces a test put into it, and operations that go by their states. */
public final class InMemoryMessages implements MessageLog, MessageOperations {
    public final NavigableMap<MessageId, MessageTrace> traces = new TreeMap<>();
    public final Map<MessageId, byte[]> contents = new LinkedHashMap<>();
    public final List<MessageQuery> queries = new ArrayList<>();

    public void add(MessageTrace trace) {
        traces.put(trace.message().id(), trace);
    }

    @Override
    public void append(List<Change> changes) {
        throw new UnsupportedOperationException("the admin API writes no changes");
    }

    @Override
    public Map<MessageId, List<DeliveryRow>> deliveries(Collection<MessageId> messages) {
        Map<MessageId, List<DeliveryRow>> rows = new LinkedHashMap<>();
        messages.stream().filter(traces::containsKey).forEach(id -> rows.put(id, rows(id)));
        return rows;
    }

    private List<DeliveryRow> rows(MessageId id) {
        return traces.get(id).deliveries().stream()
                .map(MessageTrace.DeliveryTrace::row)
                .toList();
    }

    @Override
    public Optional<MessageTrace> find(MessageId id) {
        return Optional.ofNullable(traces.get(id));
    }

    @Override
    public Page<MessageSummary> search(MessageQuery query) {
        queries.add(query);
        List<MessageSummary> found = traces.descendingMap().values().stream()
                .map(MessageTrace::message)
                .filter(message -> query.cursor()
                        .map(cursor -> message.id().value().compareTo(cursor) < 0)
                        .orElse(true))
                .filter(message -> query.state().map(message.state()::equals).orElse(true))
                .toList();
        boolean more = found.size() > query.limit();
        List<MessageSummary> items = found.stream().limit(query.limit()).toList();
        return new Page<>(
                items, more ? Optional.of(items.get(items.size() - 1).id().value()) : Optional.empty());
    }

    @Override
    public Optional<Map<EmailAddress, Cancellation>> cancel(MessageId id) {
        return find(id).map(trace -> {
            Map<EmailAddress, Cancellation> results = new LinkedHashMap<>();
            rows(id).forEach(row -> results.put(
                    row.recipient(), row.state().isFinal() ? Cancellation.TOO_LATE : Cancellation.CANCELLED));
            return results;
        });
    }

    @Override
    public Retry retry(MessageId id) {
        if (!traces.containsKey(id)) {
            return Retry.UNKNOWN_MESSAGE;
        }
        return rows(id).stream()
                        .anyMatch(row -> row.state() == DeliveryState.DEFERRED || row.state() == DeliveryState.HELD)
                ? Retry.STARTED
                : Retry.NOTHING_TO_RETRY;
    }

    @Override
    public Optional<byte[]> content(MessageId id) {
        return Optional.ofNullable(contents.get(id));
    }
}
