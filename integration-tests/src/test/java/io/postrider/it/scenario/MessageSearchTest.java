package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages are found by recipient, sender, time and state, page by page. */
class MessageSearchTest {
    private final Node node = SharedNode.get();

    @Test
    void messagesShouldBeFoundByEachFilterAndByAllTogether() {
        Node.Account who = node.tenant("searched");
        String delivered = node.submit(who, "success+searched@there.example");
        node.awaitMessage(delivered, "delivered");
        String bounced = node.submit(who, "bounce+searched@there.example");
        node.awaitMessage(bounced, "bounced");
        String mixed = node.submit(who, "success+searched@there.example", "bounce+searched@there.example");
        node.awaitMessage(mixed, "mixed");
        String sender = "sender=" + who.address();

        assertThat(ids(sender)).containsExactly(mixed, bounced, delivered);
        assertThat(ids("recipient=success+searched@there.example")).containsExactly(mixed, delivered);
        assertThat(ids("recipient=bounce+searched@there.example&" + sender)).containsExactly(mixed, bounced);
        assertThat(ids(sender + "&state=mixed")).containsExactly(mixed);
        assertThat(ids(sender + "&state=bounced")).containsExactly(bounced);
        assertThat(ids(sender + "&state=open")).isEmpty();
        String acceptedAt = node.trace(bounced).get("acceptedAt").asText();
        assertThat(ids(sender + "&from=" + acceptedAt)).containsExactly(mixed, bounced);
        assertThat(ids(sender + "&to=" + acceptedAt)).containsExactly(delivered);
        assertThat(ids("recipient=success+searched@there.example&state=mixed&from=" + acceptedAt + "&" + sender))
                .containsExactly(mixed);
        assertThat(ids("recipient=nobody@nowhere.example")).isEmpty();
    }

    @Test
    void pagesShouldHoldEachMessageOnce() {
        Node.Account who = node.tenant("paged");
        List<String> submitted = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            submitted.add(node.submit(who, "success@there.example"));
        }
        submitted.forEach(id -> node.awaitMessage(id, "delivered"));

        List<String> found = new ArrayList<>();
        String cursor = "";
        int pages = 0;
        do {
            JsonNode page = node.admin().json("/messages?limit=2&sender=" + who.address() + cursor);
            assertThat(page.get("items").size()).isLessThanOrEqualTo(2);
            found.addAll(Node.texts(page.get("items"), "id"));
            cursor = page.get("nextCursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("nextCursor").asText();
            pages++;
        } while (!cursor.isEmpty());

        Collections.reverse(submitted);
        assertThat(found).isEqualTo(submitted);
        assertThat(pages).isEqualTo(3);
    }

    @Test
    void aQuestionThatCannotBeReadShouldBeRefusedWithWhatWasExpected() {
        for (String query : List.of(
                "state=sent",
                "limit=0",
                "limit=1001",
                "from=yesterday",
                "recipient=nobody",
                "cursor=%20",
                "colour=blue")) {
            Admin.Answer answer = node.admin().get("/messages?" + query);

            assertThat(answer.status()).as(query).isEqualTo(400);
            assertThat(answer.json().get("type").asText()).isEqualTo("InvalidArgument");
            assertThat(answer.text()).contains(query.substring(0, query.indexOf('=')));
        }
        assertThat(node.admin().get("/messages/not-an-id").status()).isEqualTo(400);
    }

    private List<String> ids(String query) {
        return Node.texts(node.admin().json("/messages?" + query).get("items"), "id");
    }
}
