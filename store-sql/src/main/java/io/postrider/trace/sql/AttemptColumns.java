package io.postrider.trace.sql;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Bounced;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.delivery.DeliveryOutcome.Delivered;
import io.postrider.delivery.DeliveryOutcome.Undeliverable;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.MessageId;
import io.postrider.mail.SmtpReply;
import io.postrider.store.sql.engine.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How an attempt stands in its table. */
final class AttemptColumns {
    static final String ALL =
            "message_id, recipient, number, at, route, source, mx, tls, outcome, reply_code, reply_text,"
                    + " reason, fault, duration_ms, talk, address, certificate_problem, connect_ms, handshake_ms, transaction_ms, site";

    private static final String DELIVERED = "delivered";
    private static final String DEFERRED = "deferred";
    private static final String BOUNCED = "bounced";
    private static final String UNDELIVERABLE = "undeliverable";

    private AttemptColumns() {}

    static Object[] row(MessageId message, EmailAddress recipient, int number, Attempt attempt) {
        DeliveryOutcome outcome = attempt.outcome();
        Optional<SmtpReply> reply = outcome.finalReply();
        Optional<Deferred> deferred = outcome instanceof Deferred notNow ? Optional.of(notNow) : Optional.empty();
        return new Object[] {
            message,
            recipient,
            number,
            attempt.at(),
            attempt.route(),
            attempt.source(),
            attempt.mx(),
            attempt.tls(),
            kind(outcome),
            reply.map(SmtpReply::code),
            reply.map(SmtpReply::text),
            reason(outcome),
            deferred.map(notNow -> notNow.fault().name()),
            attempt.duration().toMillis(),
            Json.of(attempt.talk()),
            attempt.connection().address(),
            attempt.connection().certificateProblem(),
            attempt.connection().connect().toMillis(),
            attempt.connection().handshake().toMillis(),
            attempt.connection().transaction().toMillis(),
            attempt.site()
        };
    }

    static Attempt attempt(ResultSet row) throws SQLException {
        return new Attempt(
                Instant.ofEpochMilli(row.getLong("at")),
                row.getString("route"),
                row.getString("source"),
                row.getString("mx"),
                row.getString("site"),
                row.getString("tls"),
                connection(row),
                outcome(row),
                Duration.ofMillis(row.getLong("duration_ms")),
                Json.strings(row.getString("talk")));
    }

    private static Attempt.Connection connection(ResultSet row) throws SQLException {
        return new Attempt.Connection(
                row.getString("address"),
                Optional.ofNullable(row.getString("certificate_problem")),
                Duration.ofMillis(row.getLong("connect_ms")),
                Duration.ofMillis(row.getLong("handshake_ms")),
                Duration.ofMillis(row.getLong("transaction_ms")));
    }

    private static String kind(DeliveryOutcome outcome) {
        if (outcome instanceof Delivered) {
            return DELIVERED;
        }
        if (outcome instanceof Undeliverable) {
            return UNDELIVERABLE;
        }
        return outcome instanceof Bounced ? BOUNCED : DEFERRED;
    }

    /** That of an undeliverable one begins with its status. */
    private static Optional<String> reason(DeliveryOutcome outcome) {
        if (outcome instanceof Undeliverable undeliverable) {
            return Optional.of(undeliverable.status() + " " + undeliverable.reason());
        }
        return outcome instanceof Deferred deferred ? Optional.of(deferred.reason()) : Optional.empty();
    }

    private static Undeliverable undeliverable(String reason) throws SQLException {
        EnhancedStatusCode status = EnhancedStatusCode.startOf(reason)
                .orElseThrow(() -> new SQLException("an attempt was undeliverable without a status: '" + reason + "'"));
        return new Undeliverable(status, reason.substring(status.toString().length() + 1));
    }

    private static DeliveryOutcome outcome(ResultSet row) throws SQLException {
        String kind = row.getString("outcome");
        return switch (kind) {
            case DELIVERED -> new Delivered(reply(row));
            case BOUNCED -> new Bounced(reply(row));
            case UNDELIVERABLE -> undeliverable(row.getString("reason"));
            case DEFERRED ->
                new Deferred(
                        row.getString("reply_text") == null ? Optional.empty() : Optional.of(reply(row)),
                        row.getString("reason"),
                        DeliveryOutcome.Fault.valueOf(row.getString("fault")));
            default -> throw new SQLException("an attempt has the unknown outcome '" + kind + "'");
        };
    }

    private static SmtpReply reply(ResultSet row) throws SQLException {
        return new SmtpReply(row.getInt("reply_code"), row.getString("reply_text"));
    }
}
