package io.postrider.dispatch.webadmin;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.admin.webadmin.AdminApi;
import io.postrider.admin.webadmin.AdminServer.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SweeperRoutesTest {
    private static final String RUN =
            "{\"at\":\"2026-11-25T08:00:00.123Z\",\"durationMs\":12,\"alarm\":true,\"checked\":3,\"lost\":1,"
                    + "\"stuck\":0,\"adopted\":0,\"orphans\":0,\"unknownMails\":0,\"withoutMail\":1}";

    private AdminApi api;

    @BeforeEach
    void start() {
        api = new AdminApi();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void thereShouldBeNoRunBeforeTheFirst() {
        assertThat(api.server.get("/sweeper").text()).isEqualTo("{\"lastRun\":null}");
    }

    @Test
    void aRunShouldAnswerWhatItFoundAndStayVisible() {
        Answer run = api.server.post("/sweeper/run", "");

        assertThat(run.text()).isEqualTo(RUN);
        assertThat(api.server.get("/sweeper").text()).isEqualTo("{\"lastRun\":" + RUN + "}");
    }
}
