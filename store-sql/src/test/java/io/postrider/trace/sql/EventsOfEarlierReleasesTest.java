package io.postrider.trace.sql;

import static io.postrider.testkit.Fixtures.BOB;
import static io.postrider.testkit.Fixtures.CAROL;
import static io.postrider.testkit.Fixtures.accepted;
import static io.postrider.testkit.Fixtures.delivered;
import static io.postrider.testkit.Fixtures.newId;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.MessageId;
import io.postrider.store.sql.StoreExtension;
import io.postrider.trace.EventType;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageTrace;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Up to schema version 6 the events of an acceptance had rows of their own, and the recipients no position. */
class EventsOfEarlierReleasesTest {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    private final MessageId id = newId();

    @BeforeEach
    void recordAsBefore() throws SQLException {
        log().append(List.of(accepted(id, CAROL, BOB)));
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + store.file());
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE deliveries SET position = NULL");
            statement.execute("INSERT INTO events (message_id, recipient, type, step, at, sequence, detail)"
                    + " SELECT id, '', 'accepted', 'accepted', accepted_at, 1, 'as it was told then' FROM messages");
            statement.execute("INSERT INTO events (message_id, recipient, type, step, at, sequence, detail)"
                    + " SELECT m.id, d.recipient, 'queued', 'accepted', m.accepted_at,"
                    + " CASE d.recipient WHEN '" + CAROL + "' THEN 2 ELSE 3 END, 'as it was told then'"
                    + " FROM messages m JOIN deliveries d ON d.message_id = m.id");
        }
    }

    @Test
    void eventsThatHaveRowsShouldBeToldAsTheyAre() {
        assertThat(events())
                .extracting(MessageTrace.Event::type)
                .containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.QUEUED);
        assertThat(events()).extracting(MessageTrace.Event::detail).containsOnly("as it was told then");
    }

    @Test
    void anAcceptanceThatIsRecordedAgainAndAnOutcomeShouldNotTellThemTwice() {
        log().append(List.of(accepted(id, CAROL, BOB), delivered(id, BOB, 1)));

        assertThat(events())
                .extracting(MessageTrace.Event::type)
                .containsExactly(EventType.ACCEPTED, EventType.QUEUED, EventType.QUEUED, EventType.DELIVERED);
    }

    private List<MessageTrace.Event> events() {
        return log().find(id).orElseThrow().events();
    }

    private MessageLog log() {
        return store.store().messageLog();
    }
}
