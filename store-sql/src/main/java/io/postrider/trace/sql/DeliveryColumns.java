package io.postrider.trace.sql;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/** How a delivery stands in its table. */
final class DeliveryColumns {
    static final String ALL =
            "message_id, recipient, state, attempts, owner, next_attempt_at, pinned_to, explanation, position";

    private DeliveryColumns() {}

    static Object[] row(MessageId message, Standing standing) {
        DeliveryRow row = standing.row();
        return new Object[] {
            message,
            row.recipient(),
            row.state(),
            row.attempts(),
            row.owner(),
            row.nextAttemptAt(),
            row.pinnedTo(),
            standing.explanation(),
            standing.position()
        };
    }

    static MessageId message(ResultSet row) throws SQLException {
        return new MessageId(row.getString("message_id"));
    }

    private static Optional<Integer> position(ResultSet row) throws SQLException {
        int position = row.getInt("position");
        return row.wasNull() ? Optional.empty() : Optional.of(position);
    }

    static Standing standing(ResultSet row) throws SQLException {
        long nextAttemptAt = row.getLong("next_attempt_at");
        Optional<Instant> next = row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(nextAttemptAt));
        return new Standing(
                new DeliveryRow(
                        EmailAddress.parse(row.getString("recipient")),
                        DeliveryState.parse(row.getString("state")),
                        row.getInt("attempts"),
                        Optional.ofNullable(row.getString("owner")).map(EntryId::new),
                        next,
                        Optional.ofNullable(row.getString("pinned_to"))),
                row.getString("explanation"),
                position(row));
    }
}
