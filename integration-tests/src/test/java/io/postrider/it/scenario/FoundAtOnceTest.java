package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.testkit.smtp.Act;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.Stage;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Who has got the 250 finds the message at once, though the node waits for an outcome before it writes the acceptance down. */
class FoundAtOnceTest {
    private static final int TIMES = 20;
    private static final String RECIPIENT = "bob@silent.example";

    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @Test
    void aMessageShouldBeFoundAtOnceWhileItsOutcomeIsOnItsWay() {
        try (SmtpTalk talk = node.login(account)) {
            for (int i = 0; i < 2 * TIMES; i++) {
                JsonNode trace = node.trace(submit(talk, "success@there.example"));

                assertThat(trace.get("state").asText()).isIn("open", "delivered");
                assertThat(trace.get("deliveries")).hasSize(1);
                assertThat(Node.texts(trace.get("events"), "type")).startsWith("accepted", "queued");
            }
        }
    }

    @Test
    void aMessageShouldBeFoundAtOnceWhileNoOutcomeIsInSight() {
        CountDownLatch end = new CountDownLatch(1);
        PeerScript silent =
                PeerScript.offering().always(Stage.BANNER, Act.after(end, Act.reply("421 4.3.2 not today")));
        try (ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(silent);
                SmtpTalk talk = node.login(account)) {
            route(peer);

            askAgainAndAgain(
                    talk, id -> assertThat(node.trace(id).get("state").asText()).isEqualTo("open"));
            askAgainAndAgain(
                    talk,
                    id -> assertThat(Node.texts(
                                    node.admin()
                                            .json("/messages?state=open&recipient=" + RECIPIENT)
                                            .get("items"),
                                    "id"))
                            .startsWith(id));
            askAgainAndAgain(
                    talk,
                    id -> assertThat(node.admin()
                                    .get("/messages/" + id + "/content")
                                    .orFail()
                                    .text())
                            .contains("Subject: Found at once"));
            askAgainAndAgain(
                    talk,
                    id -> assertThat(node.admin()
                                    .call("POST", "/messages/" + id + "/cancel")
                                    .orFail()
                                    .text())
                            .contains(RECIPIENT));
            end.countDown();
        }
    }

    private void askAgainAndAgain(SmtpTalk talk, Consumer<String> question) {
        for (int i = 0; i < TIMES; i++) {
            question.accept(submit(talk, RECIPIENT));
        }
    }

    private String submit(SmtpTalk talk, String recipient) {
        byte[] message = Mails.simple(account.address(), "Found at once");
        return talk.send(account.address(), List.of(recipient), message).queuedId();
    }

    /** All mail to the recipient goes to this peer. */
    private void route(ScriptedSmtpPeer peer) {
        node.admin()
                .put("/relays/silent", "{'host': '127.0.0.1', 'port': " + peer.port() + ", 'tls': {'mode': 'none'}}")
                .orFail();
        node.admin()
                .put(
                        "/routes/silent",
                        "{'position': 10, 'when': {'recipientDomain': 'silent.example'}, 'via': ['relay:silent']}")
                .orFail();
    }
}
