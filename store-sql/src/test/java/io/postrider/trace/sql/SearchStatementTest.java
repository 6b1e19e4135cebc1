package io.postrider.trace.sql;

import static io.postrider.testkit.Fixtures.ALICE;
import static io.postrider.testkit.Fixtures.BOB;
import static io.postrider.testkit.Fixtures.NOW;
import static io.postrider.testkit.Fixtures.newId;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.store.sql.engine.Database;
import io.postrider.store.sql.engine.Settings;
import io.postrider.trace.MessageQuery;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SearchStatementTest {
    @TempDir
    Path folder;

    /** Each combination of filters, with and without a cursor. */
    static Stream<MessageQuery> queries() {
        List<MessageQuery> queries = new ArrayList<>();
        for (int bits = 0; bits < 16; bits++) {
            for (String state : List.of("", "open", "delivered", "deferred")) {
                queries.add(query(
                        given((bits & 1) != 0, BOB),
                        given((bits & 2) != 0, ALICE),
                        given((bits & 4) != 0, NOW),
                        given((bits & 8) != 0, NOW),
                        state.isEmpty() ? Optional.empty() : Optional.of(state)));
            }
        }
        return queries.stream();
    }

    @ParameterizedTest
    @MethodSource("queries")
    void aQueryShouldGoDownAnIndexAndNeverSort(MessageQuery query) {
        for (Optional<MessageId> before : List.of(Optional.<MessageId>empty(), Optional.of(newId()))) {
            List<String> plan = plan(SearchStatement.of(query, before, 51));
            boolean restricted = before.isPresent()
                    || query.recipient().isPresent()
                    || query.sender().isPresent()
                    || query.from().isPresent()
                    || query.to().isPresent()
                    || query.state().isPresent();

            assertThat(plan).noneMatch(step -> step.contains("TEMP B-TREE"));
            if (restricted) {
                assertThat(plan).noneMatch(step -> step.startsWith("SCAN"));
            } else {
                // All messages are asked for: the newest are read off the end of the table, up to the limit.
                assertThat(plan).containsExactly("SCAN m");
            }
        }
    }

    @Test
    void theFilterThatSelectsMostShouldChooseTheIndex() {
        assertThat(plan(SearchStatement.of(
                        query(
                                Optional.of(BOB),
                                Optional.of(ALICE),
                                Optional.of(NOW),
                                Optional.empty(),
                                Optional.of("open")),
                        Optional.empty(),
                        51)))
                .first()
                .asString()
                .contains("deliveries_by_recipient (recipient=? AND message_id>?)");
        assertThat(plan(SearchStatement.of(
                        query(
                                Optional.empty(),
                                Optional.of(ALICE),
                                Optional.of(NOW),
                                Optional.empty(),
                                Optional.of("open")),
                        Optional.empty(),
                        51)))
                .first()
                .asString()
                .contains("messages_by_sender (sender=? AND id>?)");
    }

    private List<String> plan(SearchStatement statement) {
        try (Database database = Database.open(folder.resolve("postrider.db"), Settings.DEFAULT)) {
            return database.read(
                    "explain",
                    session -> session.query(
                            "EXPLAIN QUERY PLAN " + statement.sql(),
                            row -> row.getString("detail"),
                            statement.parameters().toArray()));
        }
    }

    private static MessageQuery query(
            Optional<EmailAddress> recipient,
            Optional<EmailAddress> sender,
            Optional<Instant> from,
            Optional<Instant> to,
            Optional<String> state) {
        return new MessageQuery(recipient, sender, from, to, state, 50, Optional.empty());
    }

    private static <T> Optional<T> given(boolean present, T value) {
        return present ? Optional.of(value) : Optional.empty();
    }
}
