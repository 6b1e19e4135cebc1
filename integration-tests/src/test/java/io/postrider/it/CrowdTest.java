package io.postrider.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.testkit.smtp.SmtpSink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mail passes while a crowd of idle and of slow connections is on each listener. System properties: {@code crowd.idle}, {@code crowd.slow} (of each listener), {@code
 * crowd.mails}; see {@code docs/operate/peers-test.md}.
 */
class CrowdTest {
    private static final int IDLE = Integer.getInteger("crowd.idle", 200);
    private static final int SLOW = Integer.getInteger("crowd.slow", 20);
    private static final int MAILS = Integer.getInteger("crowd.mails", 200);
    private static final int APPS = 8;
    private static final int LISTENERS = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Pattern USED = Pattern.compile("(?:def new generation|tenured generation) .*?used (\\d+)K");

    /** What mail alone leaves behind: caches, compiled code's data, connections of the apps. */
    private static final long HEAP_SLACK_KIB = 48 * 1024;

    private static final long HEAP_PER_CONNECTION_KIB = 24;

    @TempDir
    Path directory;

    @Test
    void mailShouldPassAndMemoryStayFlatInACrowdOfIdleAndSlowConnections() throws IOException, InterruptedException {
        Map<String, String> environment = Map.of("POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "127.0.0.1/32=default");
        try (SmtpSink sink = SmtpSink.takingAll();
                ServerProcess server = ServerProcess.start(directory.resolve("home"), environment)) {
            AdminClient admin = server.admin();
            assertThat(admin.put(
                                    "/relays/sink",
                                    "{\"host\":\"127.0.0.1\",\"port\":" + sink.port() + ",\"tls\":{\"mode\":\"none\"}}")
                            .status())
                    .isEqualTo(201);
            assertThat(admin.put("/routes/default", "{\"via\":[\"relay:sink\"]}")
                            .status())
                    .isEqualTo(200);
            pass("before the crowd", server, sink);
            long heapBefore = heapKib(server);
            long rssBefore = rssKib(server);

            try (Crowd submission = Crowd.at(server.submission(), 1, IDLE, SLOW);
                    Crowd submissionTls = Crowd.at(server.submissionTls(), 2, IDLE, SLOW);
                    Crowd inbound = Crowd.at(server.inbound(), 3, IDLE, SLOW)) {
                pass("in the crowd", server, sink);
                long heap = heapKib(server);
                long rss = rssKib(server);
                System.out.printf(
                        "CrowdTest: connections still open: %d submission, %d with TLS, %d inbound, of %d each; heap after a"
                                + " collection: %d KiB, before %d; resident: %d KiB, before %d%n",
                        submission.open(),
                        submissionTls.open(),
                        inbound.open(),
                        IDLE + SLOW,
                        heap,
                        heapBefore,
                        rss,
                        rssBefore);
                assertThat(heap - heapBefore)
                        .isLessThan(HEAP_SLACK_KIB + HEAP_PER_CONNECTION_KIB * LISTENERS * (IDLE + SLOW));
            }
            assertThat(Files.readString(server.log())).doesNotContain("OutOfMemory");
        }
    }

    private static void pass(String when, ServerProcess server, SmtpSink sink) {
        long begun = System.nanoTime();
        try (LoadGenerator load = LoadGenerator.start(server, MAILS, APPS)) {
            await("all mails accepted").atMost(PATIENCE).until(load::isOver);
            assertThat(load.acceptedCount()).isEqualTo(MAILS);
            Set<String> accepted = load.accepted().keySet();
            await("all mails delivered")
                    .atMost(PATIENCE)
                    .until(() -> sink.taken().stream()
                            .map(SmtpSink.Taken::id)
                            .collect(Collectors.toSet())
                            .containsAll(accepted));
            System.out.printf(
                    "CrowdTest: %d mails passed %s in %d ms; %d were told to come later, %d connections were lost%n",
                    MAILS, when, (System.nanoTime() - begun) / 1_000_000, load.refused(), load.unknown());
            assertThat(load.unknown()).isZero();
        }
    }

    private static long heapKib(ServerProcess server) throws IOException, InterruptedException {
        jcmd(server, "GC.run");
        Matcher matcher = USED.matcher(jcmd(server, "GC.heap_info"));
        long used = 0;
        while (matcher.find()) {
            used += Long.parseLong(matcher.group(1));
        }
        assertThat(used).as("what jcmd said of the heap").isPositive();
        return used;
    }

    private static String jcmd(ServerProcess server, String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(server.pid()),
                        command)
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said.replace('\n', ' ');
    }

    private static long rssKib(ServerProcess server) throws IOException {
        return Files.readAllLines(Path.of("/proc/" + server.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
