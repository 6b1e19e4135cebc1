package io.postrider.trace.sql;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.trace.MessageSummary;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

/** How a message stands in its table. */
final class MessageColumns {
    private MessageColumns() {}

    static MessageSummary summary(ResultSet row) throws SQLException {
        return new MessageSummary(
                new MessageId(row.getString("id")),
                row.getString("state"),
                row.getString("tenant"),
                row.getString("stream"),
                Optional.ofNullable(row.getString("sender")).map(EmailAddress::parse),
                row.getString("subject"),
                row.getLong("size"),
                Instant.ofEpochMilli(row.getLong("accepted_at")),
                row.getInt("recipients"));
    }
}
