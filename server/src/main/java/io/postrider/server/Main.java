package io.postrider.server;

import ch.qos.logback.classic.LoggerContext;
import io.postrider.server.config.SettingsException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;

/** Starts a node on a home, and stops it on SIGTERM. */
public final class Main {
    private static final int USAGE = 2;

    private Main() {}

    /** Takes {@code --home DIR}; the default is {@code ./data}. */
    public static void main(String[] arguments) throws InterruptedException {
        Path directory = homeOf(arguments);
        PrintStream console = System.out;
        try {
            Home home = Home.open(directory);
            Node node = Node.start(home, System.getenv(), console);
            CountDownLatch stopped = new CountDownLatch(1);
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> {
                                node.close();
                                home.close();
                                stopLogging();
                                stopped.countDown();
                            },
                            "shutdown"));
            console.println("Postrider is ready: " + node.adminUrl() + ", submission on " + node.submissionAddress()
                    + ", home " + home.directory());
            stopped.await();
        } catch (Home.InUseException | SettingsException e) {
            fail(e.getMessage());
        } catch (Exception e) {
            LoggerFactory.getLogger(Main.class).error("cannot start", e);
            fail("cannot start: " + causes(e) + "; the log says more");
        }
    }

    private static Path homeOf(String[] arguments) {
        if (arguments.length == 0) {
            return Path.of("data");
        }
        if (arguments.length == 2 && arguments[0].equals("--home")) {
            return Path.of(arguments[1]);
        }
        System.err.println("usage: java -jar postrider-server.jar [--home DIR]");
        System.exit(USAGE);
        throw new IllegalStateException("unreachable");
    }

    private static void fail(String reason) {
        System.err.println("postrider: " + reason);
        stopLogging();
        // Not System.exit: nothing was started that must be stopped, and the hooks of what died half way may hang.
        Runtime.getRuntime().halt(1);
    }

    private static String causes(Throwable error) {
        StringBuilder text = new StringBuilder(String.valueOf(error.getMessage()));
        for (Throwable cause = error.getCause(); cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null && text.indexOf(cause.getMessage()) < 0) {
                text.append(": ").append(cause.getMessage());
            }
        }
        return text.toString();
    }

    private static void stopLogging() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }
}
