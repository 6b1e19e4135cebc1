package io.postrider.server.smtp.front;

import io.postrider.server.config.Settings;
import io.postrider.server.smtp.QuietLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the listeners share. */
public final class FrontResources implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(FrontResources.class);

    private final Settings settings;
    private final ServerCertificate certificate;
    private final Clock clock;
    private final Path directory;
    private final SmtpWorkers workers;
    private final MemoryBudget uploads;
    private final MemoryBudget handovers;
    private final Signal messageEnds = new Signal();
    private final QuietLog strangers = new QuietLog(LOGGER);

    /** @param directory where messages wait that are too large for the memory */
    public FrontResources(Settings settings, ServerCertificate certificate, Path directory, Clock clock) {
        this.settings = settings;
        this.certificate = certificate;
        this.clock = clock;
        this.directory = directory;
        this.workers = new SmtpWorkers(settings.smtp().sessions().threads());
        long memory = settings.smtp().content().memory();
        this.uploads = new MemoryBudget(memory / 2);
        this.handovers = new MemoryBudget(memory - memory / 2);
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("no directory for messages that come in: " + directory, e);
        }
    }

    Settings settings() {
        return settings;
    }

    ServerCertificate certificate() {
        return certificate;
    }

    Clock clock() {
        return clock;
    }

    SmtpWorkers workers() {
        return workers;
    }

    /** Of messages that come in. */
    MemoryBudget uploads() {
        return uploads;
    }

    /** Of messages that are whole, while it is decided what becomes of them. */
    MemoryBudget handovers() {
        return handovers;
    }

    /** Given when a message that came in is done with, one way or the other. */
    Signal messageEnds() {
        return messageEnds;
    }

    /** Where it is logged what connections do that anybody can open. */
    QuietLog strangers() {
        return strangers;
    }

    MessageBuffer newBuffer() {
        return new MessageBuffer(settings.smtp().content().memoryPerMessage(), uploads, directory);
    }

    @Override
    public void close() {
        workers.stop();
    }
}
