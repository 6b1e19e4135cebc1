package io.postrider.trace.sql;

import io.postrider.mail.MessageId;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.MessageQuery;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The statement of a query: it goes down one index, newest first, from behind the cursor, and stops at the limit. The most selective filter that is given chooses
 * the index: recipient, sender, state, or none, which goes down the ids.
 *
 * <p>A span of times becomes a span of ids, as these begin with a time. The id is made while a message arrives and the time of acceptance is taken at its end, so
 * the span of ids is wider by an hour on both sides; the exact times are compared as well.
 */
record SearchStatement(String sql, List<Object> parameters) {
    private static final Duration SLACK = Duration.ofHours(1);
    private static final Instant LATEST = Instant.ofEpochMilli((1L << 48) - 1);

    /**
     * @param before ids from this one on are left out
     * @param rows how many to return at most
     */
    static SearchStatement of(MessageQuery query, Optional<MessageId> before, int rows) {
        List<String> conditions = new ArrayList<>();
        List<Object> parameters = new ArrayList<>();
        String id = query.recipient().isPresent() ? "d.message_id" : "m.id";
        query.recipient().ifPresent(recipient -> {
            conditions.add("d.recipient = ? COLLATE NOCASE");
            parameters.add(recipient);
        });
        query.sender().ifPresent(sender -> {
            conditions.add("m.sender = ?");
            parameters.add(sender);
        });
        query.state().ifPresent(state -> addState(state, conditions, parameters));
        query.from().ifPresent(from -> {
            conditions.add(id + " >= ? AND m.accepted_at >= ?");
            parameters.add(lowestIdAt(from.minus(SLACK)));
            parameters.add(from);
        });
        query.to().ifPresent(to -> {
            conditions.add(id + " < ? AND m.accepted_at < ?");
            parameters.add(lowestIdAt(to.plus(SLACK)));
            parameters.add(to);
        });
        before.ifPresent(last -> {
            conditions.add(id + " < ?");
            parameters.add(last);
        });
        String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
        // A message may have recipients that differ in case alone; grouping lists it once.
        String group = query.recipient().isPresent() ? " GROUP BY d.message_id" : "";
        parameters.add(rows);
        return new SearchStatement(
                "SELECT m.* FROM " + source(query) + where + group + " ORDER BY " + id + " DESC LIMIT ?", parameters);
    }

    private static String source(MessageQuery query) {
        if (query.recipient().isPresent()) {
            return "deliveries d INDEXED BY deliveries_by_recipient CROSS JOIN messages m ON m.id = d.message_id";
        }
        if (query.sender().isPresent()) {
            return "messages m INDEXED BY messages_by_sender";
        }
        return query.state().isPresent() ? "messages m INDEXED BY messages_by_state" : "messages m";
    }

    private static void addState(String state, List<String> conditions, List<Object> parameters) {
        conditions.add("m.state = ?");
        if (state.equals(MessageRows.OPEN) || state.equals(MessageRows.MIXED)) {
            parameters.add(state);
        } else if (parse(state).isFinal()) {
            parameters.add(state);
        } else {
            parameters.add(MessageRows.OPEN);
            conditions.add("NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.message_id = m.id AND o.state <> ?)");
            parameters.add(state);
        }
    }

    private static DeliveryState parse(String state) {
        try {
            return DeliveryState.parse(state);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    e.getMessage() + ", or " + MessageRows.OPEN + " or " + MessageRows.MIXED, e);
        }
    }

    private static MessageId lowestIdAt(Instant time) {
        Instant notTooEarly = time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time;
        return MessageId.at(notTooEarly.isAfter(LATEST) ? LATEST : notTooEarly, () -> 0L);
    }
}
