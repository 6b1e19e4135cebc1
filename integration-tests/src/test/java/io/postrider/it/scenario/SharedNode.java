package io.postrider.it.scenario;

import io.postrider.it.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/** The node that scenarios share, started once. Each scenario uses tenants, domains and recipients of its own. */
final class SharedNode {
    /** Clients on this address may submit as {@link #TRUSTED_TENANT}. */
    static final String TRUSTED_ADDRESS = "127.0.0.2";

    static final String TRUSTED_TENANT = "trusted";
    static final int MAX_MESSAGE_BYTES = 6 * 1024 * 1024;

    /** The second attempt comes soon, the third does not come during a test. */
    static final Duration FIRST_RETRY = Duration.ofSeconds(2);

    private static final Map<String, String> SETTINGS = Map.of(
            "POSTRIDER_RETRY_SCHEDULE",
            FIRST_RETRY.toSeconds() + "s,10m",
            "POSTRIDER_DELIVERY_COMMAND_TIMEOUT",
            "5s",
            "POSTRIDER_RETRY_JITTER",
            "0",
            "POSTRIDER_SUBMISSION_MAX_MESSAGE_SIZE",
            "6MiB",
            "POSTRIDER_REPORTS_DELAY_AFTER",
            "1s",
            "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS",
            TRUSTED_ADDRESS + "/32=" + TRUSTED_TENANT);

    private static final Node NODE = start();

    private SharedNode() {}

    static Node get() {
        return NODE;
    }

    private static Node start() {
        try {
            Path directory = Files.createTempDirectory("postrider-scenarios");
            ServerProcess process = ServerProcess.start(directory.resolve("home"), SETTINGS);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(process, directory)));
            return new Node(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void end(ServerProcess process, Path directory) {
        process.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
