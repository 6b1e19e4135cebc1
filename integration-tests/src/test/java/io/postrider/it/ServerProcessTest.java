package io.postrider.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.it.SmtpClient.Reply;
import io.postrider.testkit.smtp.SmtpSink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerProcessTest {
    private static final String SENDER = "app@postrider.example";

    @TempDir
    Path directory;

    @Test
    void aMailShouldGoThroughARelayAfterARestart() throws IOException {
        try (SmtpSink sink = SmtpSink.takingAll();
                ServerProcess server = ServerProcess.start(directory.resolve("home"), Map.of())) {
            AdminClient admin = server.admin();
            assertThat(admin.put("/relays/sink", relayTo(sink)).status()).isEqualTo(201);
            assertThat(admin.put("/routes/default", "{\"via\":[\"relay:sink\"]}")
                            .status())
                    .isEqualTo(200);

            assertThat(server.stop()).isLessThan(Duration.ofSeconds(10));
            server.start();
            String id = submit(server);

            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(
                                    admin.json("/messages/" + id).get("state").asText())
                            .isEqualTo("delivered"));
            assertThat(sink.taken())
                    .singleElement()
                    .satisfies(taken -> assertThat(taken.id()).isEqualTo(id))
                    .satisfies(taken -> assertThat(taken.recipient()).isEqualTo("bob@sink.example"));
        }
    }

    private static String submit(ServerProcess server) throws IOException {
        ServerProcess.FirstRun known = server.firstRun();
        try (SmtpClient client = SmtpClient.connect(server.submission(), known.smtpUser(), known.smtpPassword())) {
            Reply reply = client.send(
                    SENDER,
                    List.of("bob@sink.example"),
                    "From: " + SENDER + "\r\nTo: bob@sink.example\r\nSubject: x\r\n\r\n.x\r\n");
            assertThat(reply.code()).isEqualTo(250);
            return reply.text().split(" ")[1];
        }
    }

    private static String relayTo(SmtpSink sink) {
        return "{\"host\":\"127.0.0.1\",\"port\":" + sink.port() + ",\"tls\":{\"mode\":\"none\"}}";
    }
}
