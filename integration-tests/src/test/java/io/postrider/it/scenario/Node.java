package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.postrider.it.ServerProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;

/** A running node as its users see it: SMTP ports and the admin API. */
final class Node {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ServerProcess process;
    private final Account account;

    Node(ServerProcess process) {
        this.process = process;
        this.account = new Account(
                process.firstRun().smtpUser(),
                process.firstRun().smtpPassword(),
                process.firstRun().senderDomain());
    }

    /** Who submits, and a sending domain of its tenant. */
    record Account(String username, String password, String domain) {
        String address() {
            return "app@" + domain;
        }
    }

    ServerProcess process() {
        return process;
    }

    Admin admin() {
        return new Admin(process.adminUrl(), Optional.of(process.firstRun().adminToken()));
    }

    /** What the first start made. */
    Account account() {
        return account;
    }

    /** A new tenant with a credential and a sending domain {@code NAME.example}. */
    Account tenant(String name) {
        admin().call("PUT", "/tenants/" + name).orFail();
        return credentialOf(name, name + ".example");
    }

    /** One more credential of a tenant; the domain becomes one of its sending domains. */
    Account credentialOf(String tenant, String domain) {
        admin().put("/sendingDomains/" + domain, "{'tenant': '" + tenant + "'}").orFail();
        JsonNode made = admin().post("/credentials", "{'tenant': '" + tenant + "'}")
                .orFail()
                .json();
        return new Account(made.get("username").asText(), made.get("password").asText(), domain);
    }

    SmtpTalk submission() {
        return SmtpTalk.with(process.submission().getPort());
    }

    SmtpTalk inbound() {
        return SmtpTalk.with(process.inbound().getPort());
    }

    /** A session with TLS and AUTH. */
    SmtpTalk login(Account who) {
        SmtpTalk talk = submission();
        talk.secure();
        assertThat(talk.authPlain(who.username(), who.password()).code()).isEqualTo(235);
        return talk;
    }

    /** A session on the listener that begins with TLS, with AUTH. */
    SmtpTalk loginTls(Account who) {
        SmtpTalk talk = SmtpTalk.withTls(process.submissionTls().getPort());
        talk.ehlo();
        assertThat(talk.authPlain(who.username(), who.password()).code()).isEqualTo(235);
        return talk;
    }

    /** Submits a message and answers its id. */
    String submit(Account who, byte[] message, String... recipients) {
        try (SmtpTalk talk = login(who)) {
            return talk.send(who.address(), List.of(recipients), message).queuedId();
        }
    }

    /** Submits a small message and answers its id. */
    String submit(Account who, String... recipients) {
        return submit(who, Mails.simple(who.address(), "A small message"), recipients);
    }

    JsonNode trace(String id) {
        return admin().json("/messages/" + id);
    }

    /** Waits for the state of a message and answers its trace. */
    JsonNode awaitMessage(String id, String state) {
        return await("message " + id + " is " + state)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> traceOrNothing(id),
                        found -> found.path("state").asText().equals(state));
    }

    private JsonNode traceOrNothing(String id) {
        // When the log takes longer than a second to write, the message may not be in it yet.
        return admin().get("/messages/" + id).json();
    }

    /** Waits until a delivery has a state and so many attempts, and answers it. */
    JsonNode awaitDelivery(String id, String recipient, String state, int attempts) {
        return await(recipient + " of message " + id + " is " + state + " after " + attempts + " attempts")
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> deliveryIn(traceOrNothing(id), recipient),
                        found -> found.path("state").asText().equals(state)
                                && found.path("attempts").size() == attempts);
    }

    static JsonNode deliveryIn(JsonNode trace, String recipient) {
        return StreamSupport.stream(trace.path("deliveries").spliterator(), false)
                .filter(delivery -> delivery.get("recipient").asText().equals(recipient))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }

    static List<String> texts(JsonNode array, String property) {
        List<String> texts = new ArrayList<>();
        array.forEach(item -> texts.add(item.path(property).asText()));
        return texts;
    }

    /** What the simulator received: the summary of the copy of a message for a recipient. */
    JsonNode simulated(String id, String recipient) {
        for (JsonNode item : admin().json("/simulator/messages?limit=1000").get("items")) {
            boolean ofMessage = StreamSupport.stream(item.get("headers").spliterator(), false)
                    .anyMatch(field -> field.get("name").asText().equals("X-Postrider-Id")
                            && field.get("value").asText().equals(id));
            if (ofMessage && item.get("recipients").get(0).asText().equals(recipient)) {
                return item;
            }
        }
        throw new AssertionError("the simulator has no copy of " + id + " for " + recipient);
    }

    /** Submits a message to one recipient at the simulator, waits until it took it, and answers its copy. */
    byte[] copyOf(Account who, byte[] message) {
        String recipient = "success@there.example";
        String id = submit(who, message, recipient);
        awaitMessage(id, "delivered");
        long n = simulated(id, recipient).get("n").asLong();
        return admin().get("/simulator/messages/" + n).orFail().body();
    }
}
