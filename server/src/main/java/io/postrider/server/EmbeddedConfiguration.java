package io.postrider.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The configuration tree of the embedded tier, as the module {@code james-conf} carries it. */
final class EmbeddedConfiguration {
    /** Each file of the tree. */
    static final List<String> FILES = List.of(
            "server.properties",
            "submission.properties",
            "smtp.properties",
            "inbound.properties",
            "queue.properties",
            "delivery.properties",
            "shaping.properties",
            "dns.properties",
            "retry.properties",
            "reports.properties",
            "returnpath.properties",
            "simulator.properties",
            "store.properties",
            "jvm.options",
            "logback.xml",
            "smtpserver.xml",
            "mailetcontainer.xml",
            "mailrepositorystore.xml",
            "dnsservice.xml");

    private EmbeddedConfiguration() {}

    static void copy(String name, Path file) {
        try (InputStream in = EmbeddedConfiguration.class.getResourceAsStream("/embedded/" + name)) {
            if (in == null) {
                throw new IllegalStateException("/embedded/" + name + " is not on the class path");
            }
            Files.copy(in, file);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }
}
