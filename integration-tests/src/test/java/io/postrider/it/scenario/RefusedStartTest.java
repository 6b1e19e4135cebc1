package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A configuration that cannot be meant so stops the start, and standard error says where the fault is. */
class RefusedStartTest {
    private static final Map<String, String> ANY_PORTS = Map.of(
            "POSTRIDER_ADMIN_PORT", "0",
            "POSTRIDER_SUBMISSION_PORT", "0",
            "POSTRIDER_SUBMISSION_TLS_PORT", "0",
            "POSTRIDER_INBOUND_PORT", "0");

    @TempDir
    Path directory;

    private Path home;

    @BeforeEach
    void nameTheHome() {
        home = directory.resolve("home");
    }

    @Test
    void aMisspeltMatchShouldStopTheStart() throws Exception {
        Configuration.edit(
                home,
                "mailetcontainer.xml",
                "<mailet match=\"All\" class=\"io.postrider.route.mailet.Route\">",
                "<mailet macth=\"All\" class=\"io.postrider.route.mailet.Route\">");

        requireRefused("mailetcontainer.xml", "macth", "io.postrider.route.mailet.Route", "match");
    }

    @Test
    void anUnknownMatcherShouldStopTheStart() throws Exception {
        Configuration.edit(
                home,
                "mailetcontainer.xml",
                "match=\"io.postrider.domain.matcher.BreaksSenderPolicy\"",
                "match=\"BreaksSenderPolice\"");

        requireRefused("BreaksSenderPolice");
    }

    @Test
    void anUnknownParameterOfAMailetShouldStopTheStart() throws Exception {
        Configuration.edit(home, "mailetcontainer.xml", "<required>false</required>", "<requird>false</requird>");

        requireRefused("requird");
    }

    @Test
    void anUnknownKeyShouldStopTheStartWithTheNearestKnownOne() throws Exception {
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(home.resolve("conf/retry.properties"), "retry.schedul=1m\n");

        requireRefused("retry.properties", "retry.schedul", "retry.schedule");
    }

    @Test
    void anUnusableValueShouldStopTheStartWithWhatIsExpected() throws Exception {
        Launch launch = Launch.on(
                home,
                Map.of("POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "10.0.0.0/33=default", "POSTRIDER_ADMIN_PORT", "0"));

        assertThat(launch.code()).isNotZero();
        assertThat(launch.error()).contains("POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "33", "0 to 32");
    }

    @ParameterizedTest
    @CsvSource({"admin.port, POSTRIDER_ADMIN_PORT", "submission.tlsPort, POSTRIDER_SUBMISSION_TLS_PORT"})
    void aPortThatIsTakenShouldStopTheStartAndBeNamed(String key, String variable) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, String> ports = new HashMap<>(ANY_PORTS);
            ports.put(variable, Integer.toString(taken.getLocalPort()));

            Launch launch = Launch.on(home, ports);

            assertThat(launch.code()).isNotZero();
            assertThat(launch.error())
                    .contains(key + ": 127.0.0.1:" + taken.getLocalPort(), variable)
                    .doesNotContain("\tat ");
        }
    }

    private void requireRefused(String... words) throws IOException, InterruptedException {
        Launch launch = Launch.on(home, ANY_PORTS);

        assertThat(launch.code()).isNotZero();
        assertThat(launch.error()).contains(words).doesNotContain("\tat ");
        assertThat(launch.output()).doesNotContain("Postrider is ready").doesNotContain("password");
        assertThat(home.resolve("secrets/first-run.json")).doesNotExist();
    }
}
