package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import io.postrider.testkit.smtp.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Mail by way of a smart host. */
class RelayTest {
    private static final String USERNAME = "relay-user";
    private static final String PASSWORD = "correct-horse-battery";

    private static TestCertificate certificate;

    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    @BeforeAll
    static void makeACertificate() {
        certificate = TestCertificate.with("dns:localhost,ip:127.0.0.1");
    }

    @Test
    void aRelayShouldGetTheMailUnderVerifiedTlsAfterAuth() {
        try (ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(securePeer())) {
            putSecureRelay("secure", peer.port(), PASSWORD, certificate.pem());
            putRoute("secure", "{'recipientDomain': 'secure.example'}", "'relay:secure'");

            String id = node.submit(account, "bob@secure.example", "carol@secure.example");

            JsonNode trace = node.awaitMessage(id, "delivered");
            JsonNode attempt =
                    Node.deliveryIn(trace, "bob@secure.example").get("attempts").get(0);
            assertThat(attempt.get("route").asText()).isEqualTo("relay:secure");
            assertThat(attempt.get("tls").asText()).startsWith("TLSv1.");
            assertThat(attempt.get("mx").asText()).contains(Integer.toString(peer.port()));
            assertThat(trace.toString()).doesNotContain(PASSWORD);
            assertThat(peer.sessions().get(0).isSecured()).isTrue();
            assertThat(peer.messages()).hasSize(2);
            assertThat(peer.messages())
                    .allSatisfy(message -> assertThat(Mails.text(message))
                            .contains("DKIM-Signature:")
                            .contains("X-Postrider-Id: " + id));
        }
    }

    @Test
    void eightBitContentShouldBeEncodedAndThenSignedForARelayThatTakesNone() {
        try (ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(PeerScript.offering("PIPELINING"))) {
            putPlainRelay("seven-bit", peer.port());
            putRoute("seven-bit", "{'recipientDomain': 'seven-bit.example'}", "'relay:seven-bit'");
            byte[] message = ("From: " + account.address() + "\r\nSubject: x\r\n\r\nGr\u00fc\u00dfe\r\n")
                    .getBytes(StandardCharsets.UTF_8);

            String id = node.submit(account, message, "bob@seven-bit.example");

            JsonNode trace = node.awaitMessage(id, "delivered");
            assertThat(Node.deliveryIn(trace, "bob@seven-bit.example").get("attempts"))
                    .as("postponed once, which is no attempt")
                    .hasSize(1);
            assertThat(peer.messages())
                    .singleElement()
                    .satisfies(sent -> assertThat(Mails.text(sent))
                            .contains("DKIM-Signature:", "\r\n\r\nGr=C3=BC=C3=9Fe\r\n")
                            .doesNotContain("\u00fc"));
        }
    }

    @Test
    void aWrongPasswordShouldDeferAndExplain() {
        try (ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(securePeer())) {
            putSecureRelay("wrong-password", peer.port(), "not the password", certificate.pem());
            putRoute("wrong-password", "{'recipientDomain': 'wrong-password.example'}", "'relay:wrong-password'");

            String id = node.submit(account, "bob@wrong-password.example");

            JsonNode delivery = node.awaitDelivery(id, "bob@wrong-password.example", "deferred", 1);
            assertThat(delivery.get("explanation").asText()).contains("535");
            assertThat(delivery.get("nextAttemptAt").isNull()).isFalse();
            assertThat(delivery.toString()).doesNotContain("not the password");
            JsonNode fault = node.admin().json("/relays/wrong-password").get("fault");
            assertThat(fault.get("lasting").asBoolean()).isTrue();
            assertThat(fault.get("reason").asText()).contains("answered AUTH with 535");
            assertThat(fault.get("count").asInt()).isEqualTo(1);
            assertThat(node.admin().get("/healthcheck").orFail().text())
                    .contains("\"componentName\":\"Relays\"", "relay 'wrong-password' takes no mail since ", "degraded")
                    .doesNotContain("not the password", PASSWORD);

            putSecureRelay("wrong-password", peer.port(), PASSWORD, certificate.pem());
            node.awaitMessage(id, "delivered");
            assertThat(node.admin().json("/relays/wrong-password").get("fault").isNull())
                    .isTrue();
            assertThat(node.admin().get("/healthcheck").text()).doesNotContain("wrong-password");
        }
    }

    @Test
    void aCertificateThatCannotBeVerifiedShouldDeferAndExplain() {
        try (ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(securePeer())) {
            TestCertificate other = TestCertificate.with("dns:localhost,ip:127.0.0.1");
            putSecureRelay("unverified", peer.port(), PASSWORD, other.pem());
            putRoute("unverified", "{'recipientDomain': 'unverified.example'}", "'relay:unverified'");

            String id = node.submit(account, "bob@unverified.example");

            JsonNode delivery = node.awaitDelivery(id, "bob@unverified.example", "deferred", 1);
            assertThat(delivery.get("explanation").asText()).containsIgnoringCase("certificat");
            assertThat(peer.commands()).noneMatch(command -> command.startsWith("AUTH") || command.startsWith("MAIL"));
            remove("unverified");
        }
    }

    @Test
    void aRelayWithoutStartTlsShouldGetNoPasswordWhenTlsIsRequired() {
        try (ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(
                PeerScript.offering("PIPELINING", "AUTH PLAIN LOGIN").withLogin(USERNAME, PASSWORD))) {
            putSecureRelay("stripped", peer.port(), PASSWORD, certificate.pem());
            putRoute("stripped", "{'recipientDomain': 'stripped.example'}", "'relay:stripped'");

            String id = node.submit(account, "bob@stripped.example");

            JsonNode delivery = node.awaitDelivery(id, "bob@stripped.example", "deferred", 1);
            assertThat(delivery.get("explanation").asText()).contains("STARTTLS");
            assertThat(peer.commands()).noneMatch(command -> command.startsWith("AUTH") || command.startsWith("MAIL"));
            remove("stripped");
        }
    }

    @Test
    void mailShouldFailOverToTheNextRelayAtOnce() throws IOException {
        try (ScriptedSmtpPeer live = ScriptedSmtpPeer.playing(PeerScript.offering("PIPELINING"))) {
            putPlainRelay("dead", portWithoutServer());
            putPlainRelay("live", live.port());
            putRoute("fail-over", "{'recipientDomain': 'fail-over.example'}", "'relay:dead', 'relay:live'");

            String id = node.submit(account, "bob@fail-over.example");

            node.awaitMessage(id, "delivered");
            JsonNode delivery = node.awaitDelivery(id, "bob@fail-over.example", "delivered", 2);
            assertThat(Node.texts(delivery.get("attempts"), "route")).containsExactly("relay:dead", "relay:live");
            assertThat(delivery.get("route").asText()).isEqualTo("relay:live");
            assertThat(live.messages()).hasSize(1);
        }
    }

    @Test
    void aRefusalOfTheRecipientShouldNotFailOver() {
        try (ScriptedSmtpPeer first = ScriptedSmtpPeer.playing(PeerScript.offering("PIPELINING")
                        .when("RCPT TO:<bob@", io.postrider.testkit.smtp.Act.reply("550 5.1.1 no bob here")));
                ScriptedSmtpPeer second = ScriptedSmtpPeer.playing(PeerScript.offering("PIPELINING"))) {
            putPlainRelay("first", first.port());
            putPlainRelay("second", second.port());
            putRoute("refusal", "{'recipientDomain': 'refusal.example'}", "'relay:first', 'relay:second'");

            String id = node.submit(account, "bob@refusal.example", "carol@refusal.example");

            JsonNode trace = node.awaitMessage(id, "mixed");
            assertThat(Node.deliveryIn(trace, "bob@refusal.example")
                            .get("state")
                            .asText())
                    .isEqualTo("bounced");
            assertThat(Node.deliveryIn(trace, "carol@refusal.example")
                            .get("state")
                            .asText())
                    .isEqualTo("delivered");
            assertThat(second.commands()).isEmpty();
        }
    }

    @Test
    void aRouteShouldBeChosenByRecipientDomainSenderDomainAndTenant() {
        try (ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(PeerScript.offering("PIPELINING"))) {
            for (String name : new String[] {"by-recipient", "by-sender", "by-tenant"}) {
                putPlainRelay(name, peer.port());
            }
            Node.Account tenant = node.tenant("routed-tenant");
            Node.Account sender = node.credentialOf("default", "routed-sender.example");
            putRoute("by-recipient", "{'recipientDomain': '*.routed-recipient.example'}", "'relay:by-recipient'");
            putRoute("by-sender", "{'senderDomain': 'routed-sender.example'}", "'relay:by-sender'");
            putRoute("by-tenant", "{'tenant': 'routed-tenant'}", "'relay:by-tenant'");

            assertThat(routeOf(account, "bob@sub.routed-recipient.example")).isEqualTo("relay:by-recipient");
            assertThat(routeOf(account, "bob@routed-recipient.example")).isEqualTo("simulator");
            assertThat(routeOf(sender, "bob@there.example")).isEqualTo("relay:by-sender");
            assertThat(routeOf(tenant, "bob@there.example")).isEqualTo("relay:by-tenant");
            assertThat(routeOf(tenant, "bob@simulator.invalid")).isEqualTo("simulator");
            assertThat(routeOf(account, "bob@there.example")).isEqualTo("simulator");
        }
    }

    @Test
    void thePasswordOfARelayShouldNeverBeShown() {
        String body = "{'host': 'relay.example', 'port': 587, 'username': 'u', 'password': 've-ry-se-cr-et'}";

        assertThat(node.admin().put("/relays/secret", body).orFail().text()).doesNotContain("ve-ry-se-cr-et");
        assertThat(node.admin().get("/relays/secret").orFail().text()).doesNotContain("ve-ry-se-cr-et");
        assertThat(node.admin().get("/relays?limit=1000").orFail().text()).doesNotContain("ve-ry-se-cr-et");
        assertThat(node.admin().put("/relays/secret", body.replace("587", "0")).text())
                .doesNotContain("ve-ry-se-cr-et");
    }

    private String routeOf(Node.Account who, String recipient) {
        String id = node.submit(who, recipient);
        return Node.deliveryIn(node.awaitMessage(id, "delivered"), recipient)
                .get("route")
                .asText();
    }

    private static PeerScript securePeer() {
        return PeerScript.offering("PIPELINING", "AUTH PLAIN LOGIN")
                .withTls(certificate.serverContext())
                .withLogin(USERNAME, PASSWORD);
    }

    private void putSecureRelay(String name, int port, String password, String ca) {
        node.admin()
                .put(
                        "/relays/" + name,
                        "{'host': 'localhost', 'port': " + port + ", 'username': '" + USERNAME + "', 'password': '"
                                + password + "', 'tls': {'mode': 'starttls', 'verify': true, 'ca': "
                                + Admin.jsonString(ca) + "}}")
                .orFail();
    }

    /** So that the node is healthy for other tests. */
    private void remove(String name) {
        node.admin().call("DELETE", "/routes/" + name).orFail();
        node.admin().call("DELETE", "/relays/" + name).orFail();
    }

    private void putPlainRelay(String name, int port) {
        node.admin()
                .put("/relays/" + name, "{'host': '127.0.0.1', 'port': " + port + ", 'tls': {'mode': 'none'}}")
                .orFail();
    }

    private void putRoute(String name, String when, String via) {
        node.admin()
                .put("/routes/" + name, "{'position': 10, 'when': " + when + ", 'via': [" + via + "]}")
                .orFail();
    }

    private static int portWithoutServer() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
