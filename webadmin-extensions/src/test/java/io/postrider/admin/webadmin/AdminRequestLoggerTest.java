package io.postrider.admin.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class AdminRequestLoggerTest {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private Level level;

    @BeforeEach
    void listen() {
        level = root.getLevel();
        root.setLevel(Level.INFO);
        logged.start();
        root.addAppender(logged);
    }

    @AfterEach
    void stopListening() {
        root.detachAppender(logged);
        root.setLevel(level);
    }

    @Test
    void aRequestShouldBeLoggedWithoutSecrets() {
        String generated;
        try (AdminApi api = new AdminApi()) {
            api.server.put("/tenants/acme", null);
            api.server.post("/credentials?", "{\"tenant\":\"acme\",\"username\":\"a\",\"password\":\"correct horse\"}");
            generated = api.server
                    .post("/credentials", "{\"tenant\":\"acme\"}")
                    .json()
                    .get("password")
                    .asText();
            api.server.put(
                    "/relays/a", "{\"host\":\"h\",\"username\":\"u\",\"password\":\"correct horse\",\"port\":0}");
            api.server.get("/messages?recipient=somebody@example.com");
        }

        List<String> lines = List.copyOf(logged.list).stream()
                .map(event -> event.getFormattedMessage() + " " + event.getMDCPropertyMap() + " "
                        + (event.getThrowableProxy() == null
                                ? ""
                                : event.getThrowableProxy().getMessage()))
                .toList();
        assertThat(lines)
                .anyMatch(line -> line.startsWith("PUT /tenants/acme from 127.0.0.1"))
                .noneMatch(line -> line.contains("correct horse"))
                .noneMatch(line -> line.contains(generated))
                .noneMatch(line -> line.contains("somebody"))
                .noneMatch(line -> line.contains(AdminServer.TOKEN));
    }
}
