package io.postrider.dispatch.webadmin;

import static io.postrider.admin.webadmin.AdminApi.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.admin.webadmin.AdminApi;
import io.postrider.dispatch.Queues;
import io.postrider.dispatch.Queues.Entry;
import io.postrider.dispatch.Queues.State;
import io.postrider.dispatch.Queues.Status;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QueueRoutesTest {
    private AdminApi api;

    @BeforeEach
    void start() {
        api = new AdminApi();
        api.queues.statuses.add(
                new Status("spool", 3, 2, 5, 4, Optional.of(Duration.ofMillis(61_900)), Optional.of(NOW)));
        api.queues.statuses.add(new Status("outgoing", 0, 0, 0, 0, Optional.empty(), Optional.empty()));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void listShouldTellHowEachQueueStands() {
        assertThat(api.server.get("/queues").text())
                .isEqualTo(
                        "{\"items\":[{\"name\":\"spool\",\"size\":14,\"waiting\":3,\"inWork\":2,\"resting\":5,\"delayed\":4,"
                                + "\"oldestWaitingSeconds\":61,\"nextDueAt\":\"2026-11-25T08:00:00.123Z\"},"
                                + "{\"name\":\"outgoing\",\"size\":0,\"waiting\":0,\"inWork\":0,\"resting\":0,\"delayed\":0,"
                                + "\"oldestWaitingSeconds\":null,\"nextDueAt\":null}],\"nextCursor\":null}");
    }

    @Test
    void oneShouldBeFoundByItsName() {
        assertThat(api.server.get("/queues/spool").json().get("size").asInt()).isEqualTo(14);
    }

    @Test
    void backlogsShouldTellWhereMailRestsAndWhy() {
        api.queues.backlogs.add(new Queues.Backlog(
                "direct", "mx1.example.net", "retry", 7, 1, Optional.of(NOW), Optional.of(NOW), "nobody answers"));
        api.queues.backlogs.add(
                new Queues.Backlog("relay:ses", "", "retry", 1, 0, Optional.empty(), Optional.empty(), ""));

        assertThat(api.server.get("/queues/spool/backlogs").text())
                .isEqualTo("{\"items\":[{\"hop\":\"direct\",\"site\":\"mx1.example.net\",\"schedule\":\"retry\","
                        + "\"resting\":7,\"inWork\":1,\"oldestAt\":\"2026-11-25T08:00:00.123Z\","
                        + "\"closedUntil\":\"2026-11-25T08:00:00.123Z\",\"reason\":\"nobody answers\"},"
                        + "{\"hop\":\"relay:ses\",\"site\":null,\"schedule\":\"retry\",\"resting\":1,\"inWork\":0,"
                        + "\"oldestAt\":null,\"closedUntil\":null,\"reason\":null}],\"nextCursor\":null}");
        assertThat(api.server.get("/queues/spol/backlogs").status()).isEqualTo(404);
    }

    @Test
    void anUnknownQueueShouldBe404() {
        assertThat(api.server.get("/queues/spol").status()).isEqualTo(404);
        assertThat(api.server.get("/queues/spol/mails").error()).isEqualTo("There is no queue 'spol'");
    }

    @Test
    void mailsShouldComeAPageAtATime() {
        for (int i = 1; i <= 3; i++) {
            api.queues.entries.add(entry("entry-" + i, State.WAITING));
        }

        JsonNode first = api.server.get("/queues/spool/mails?limit=2").json();
        JsonNode second = api.server
                .get("/queues/spool/mails?limit=2&cursor="
                        + first.get("nextCursor").asText())
                .json();

        assertThat(first.findValuesAsText("id")).containsExactly("entry-1", "entry-2");
        assertThat(second.findValuesAsText("id")).containsExactly("entry-3");
        assertThat(second.get("nextCursor").isNull()).isTrue();
    }

    @Test
    void mailsShouldBeSelectedByTheirState() {
        api.queues.entries.add(entry("one", State.WAITING));
        api.queues.entries.add(entry("two", State.IN_WORK));
        api.queues.entries.add(entry("three", State.DELAYED));

        assertThat(api.server.get("/queues/spool/mails?state=inWork").json().findValuesAsText("id"))
                .containsExactly("two");
    }

    @Test
    void aMailShouldSayAllThatIsKnownOfIt() {
        api.queues.entries.add(entry("one", State.DELAYED));

        assertThat(api.server.get("/queues/spool/mails").text())
                .isEqualTo("{\"items\":[{\"id\":\"one\",\"messageId\":null,\"state\":\"delayed\",\"name\":\"mail\","
                        + "\"sender\":null,\"recipients\":[\"bob@example.com\"],\"dueAt\":null,"
                        + "\"enqueuedAt\":\"2026-11-25T08:00:00.123Z\",\"size\":12,\"attempts\":null}],"
                        + "\"nextCursor\":null}");
    }

    @Test
    void wrongParametersShouldBe400AndSayWhatWasExpected() {
        assertThat(api.server.get("/queues/spool/mails?state=stuck").error())
                .isEqualTo("state: 'stuck' (expected one of: waiting, inWork, resting, delayed)");
        assertThat(api.server.get("/queues/spool/mails?limit=0").error()).contains("expected: 1 to 1000");
        assertThat(api.server.get("/queues/spool/mails?offset=1").status()).isEqualTo(400);
    }

    private static Entry entry(String id, State state) {
        return new Entry(
                id,
                Optional.empty(),
                state,
                Optional.of("mail"),
                Optional.empty(),
                List.of("bob@example.com"),
                Optional.empty(),
                NOW,
                12);
    }
}
