package io.postrider.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A node of Postrider as a child process, on the class path of the test, with a home and ports of its own. It can be killed, stopped and started again on the same
 * home and ports. Closing kills it.
 */
public final class ServerProcess implements AutoCloseable {
    /** A busy machine has been seen to need 60 s. */
    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);

    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
    /** Below the ports that Linux gives to clients: while the node is down, none of them may take its port. */
    private static final int FIRST_PORT = 21_000;

    private static final int LAST_PORT = 32_000;
    private static final int LOG_TAIL = 60;
    private static final String LOGBACK_STATUS = " |-";
    /** What this JVM has given out: no two listeners, of one node or of two, get the same port. */
    private static final Set<Integer> GIVEN_PORTS = ConcurrentHashMap.newKeySet();

    private final Path home;
    private final Map<String, String> environment;
    private final List<String> before;
    private final int adminPort;
    private final int submissionPort;
    private final int submissionTlsPort;
    private final int inboundPort;
    private Process process;
    private Optional<FirstRun> firstRun = Optional.empty();

    /** What the first start made, from {@code secrets/first-run.json}. */
    public record FirstRun(
            String adminUrl,
            String adminToken,
            String smtpHost,
            int smtpPort,
            String smtpUser,
            String smtpPassword,
            String senderDomain) {
        @Override
        public String toString() {
            return "FirstRun[adminUrl=" + adminUrl + ", smtpUser=" + smtpUser + ", senderDomain=" + senderDomain + "]";
        }
    }

    private ServerProcess(Path home, Map<String, String> environment, List<String> before) {
        this.home = home;
        this.before = before;
        this.adminPort = freePort();
        this.submissionPort = freePort();
        this.submissionTlsPort = freePort();
        this.inboundPort = freePort();
        Map<String, String> all = new HashMap<>(Map.of(
                "POSTRIDER_ADMIN_PORT", Integer.toString(adminPort),
                "POSTRIDER_SUBMISSION_PORT", Integer.toString(submissionPort),
                "POSTRIDER_SUBMISSION_TLS_PORT", Integer.toString(submissionTlsPort),
                "POSTRIDER_INBOUND_PORT", Integer.toString(inboundPort),
                "POSTRIDER_WARM_UP", "0s"));
        all.putAll(environment);
        this.environment = Map.copyOf(all);
    }

    /**
     * Starts a node and waits until it is healthy.
     *
     * @param home need not exist
     * @param environment settings such as {@code POSTRIDER_RETRY_SCHEDULE}; the ports are chosen here
     */
    public static ServerProcess start(Path home, Map<String, String> environment) {
        return start(home, environment, List.of());
    }

    /**
     * The same, by another command.
     *
     * @param before stands before that of the JVM, and must become its process
     */
    static ServerProcess start(Path home, Map<String, String> environment, List<String> before) {
        ServerProcess server = new ServerProcess(home, environment, before);
        server.start();
        return server;
    }

    /** Starts the node again after {@link #kill} or {@link #stop}, and waits until it is healthy. */
    public void start() {
        launch();
        awaitHealth();
    }

    /**
     * Starts the node again, and does not wait for it.
     *
     * @param options more ones of the JVM
     */
    public void launch(String... options) {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException("process " + process.pid() + " already runs on " + home);
        }
        try {
            Files.createDirectories(home);
            ProcessBuilder builder = new ProcessBuilder(command(options))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(console().toFile()));
            builder.environment().keySet().removeIf(name -> name.startsWith("POSTRIDER_"));
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("no server process", e);
        }
    }

    private List<String> command(String... options) {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Xmx768m",
                "-XX:+UseSerialGC",
                // The sooner it runs, the sooner it can be killed again.
                "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djava.net.preferIPv4Stack=true",
                "-Dpostrider.home=" + home,
                "-Dpostrider.console=OFF",
                "-Dlogback.configurationFile=embedded/logback.xml"));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), "io.postrider.server.Main", "--home", home.toString()));
        return command;
    }

    /** Waits until the node is healthy; when it does not get there, the error has the end of its log. */
    public void awaitHealth() {
        AdminClient anyone = new AdminClient(adminUrl(), Optional.empty());
        long end = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!isHealthy(anyone)) {
            if (System.nanoTime() > end) {
                throw failure("not healthy after " + START_TIMEOUT);
            }
            try {
                if (process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw failure("ended with code " + process.exitValue() + " before it was ready");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw failure("interrupted while waiting");
            }
        }
    }

    private boolean isHealthy(AdminClient anyone) {
        try {
            // The first start writes the file last.
            return anyone.get("/healthcheck").status() == 200 && Files.exists(firstRunFile());
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private IllegalStateException failure(String what) {
        return new IllegalStateException("the server on " + home + " " + what + "\n" + logTail());
    }

    /** The last lines of what the node has printed and logged. */
    public String logTail() {
        return "--- console\n" + tail(console()) + "\n--- log\n" + tail(log());
    }

    /** Without what Logback prints of its own set-up, which would hide the reason of a refused start. */
    private static String tail(Path file) {
        try {
            if (!Files.exists(file)) {
                return "(no " + file + ")";
            }
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                    .filter(line -> !line.contains(LOGBACK_STATUS))
                    .toList();
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL), lines.size()));
        } catch (IOException e) {
            return "(" + file + " cannot be read: " + e + ")";
        }
    }

    /** Waits until the process ends by itself, at most as long as given; returns its exit code when it has. */
    public OptionalInt awaitExit(Duration most) {
        try {
            return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)
                    ? OptionalInt.of(process.exitValue())
                    : OptionalInt.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + process.pid() + " runs", e);
        }
    }

    /** Kills the process as {@code kill -9} does, and waits until it is gone. */
    public void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /** Stops the process by SIGTERM, waits until it is gone, and returns how long that took. */
    public Duration stop() {
        long start = System.nanoTime();
        process.destroy();
        awaitEnd();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(STOP_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw failure("still runs " + STOP_TIMEOUT + " after it was told to end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + process.pid() + " ends", e);
        }
    }

    public Path home() {
        return home;
    }

    /** {@code HOME/logs/postrider.log} */
    public Path log() {
        return home.resolve("logs").resolve("postrider.log");
    }

    private Path console() {
        return home.resolve("console.log");
    }

    private Path firstRunFile() {
        return home.resolve("secrets").resolve("first-run.json");
    }

    /** The number of the process that runs now, or ran last. */
    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public InetSocketAddress submission() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), submissionPort);
    }

    public InetSocketAddress submissionTls() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), submissionTlsPort);
    }

    public InetSocketAddress inbound() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), inboundPort);
    }

    public String adminUrl() {
        return "http://127.0.0.1:" + adminPort;
    }

    /** The admin API, with the token of the first start. */
    public AdminClient admin() {
        return new AdminClient(adminUrl(), Optional.of(firstRun().adminToken()));
    }

    public FirstRun firstRun() {
        if (firstRun.isEmpty()) {
            try {
                JsonNode json = new ObjectMapper().readTree(firstRunFile().toFile());
                firstRun = Optional.of(new FirstRun(
                        json.required("adminUrl").asText(),
                        json.required("adminToken").asText(),
                        json.required("smtpHost").asText(),
                        json.required("smtpPort").asInt(),
                        json.required("smtpUser").asText(),
                        json.required("smtpPassword").asText(),
                        json.required("senderDomain").asText()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return firstRun.orElseThrow();
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            kill();
        }
    }

    private static int freePort() {
        List<Integer> tried = new ArrayList<>();
        while (tried.size() < 100) {
            int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
            if (!GIVEN_PORTS.add(port)) {
                tried.add(port);
                continue;
            }
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                tried.add(port);
            }
        }
        throw new IllegalStateException("no free port; tried " + tried);
    }
}
