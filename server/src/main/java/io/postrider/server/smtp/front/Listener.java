package io.postrider.server.smtp.front;

import io.postrider.server.config.Settings;
import io.postrider.server.config.SmtpSettings;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a port is for. */
public enum Listener {
    SUBMISSION("submission"),
    SUBMISSION_TLS("submission-tls"),
    INBOUND("inbound");

    private final String serverName;

    Listener(String serverName) {
        this.serverName = serverName;
    }

    /** By its {@code jmxName} in {@code smtpserver.xml}. */
    static Listener named(String name) {
        Optional<Listener> found = Arrays.stream(values())
                .filter(listener -> listener.serverName.equals(name))
                .findFirst();
        return found.orElseThrow(() -> new IllegalArgumentException("jmxName of an smtpserver: '" + name
                + "' (expected: "
                + Arrays.stream(values()).map(listener -> listener.serverName).collect(Collectors.joining(", "))
                + ")"));
    }

    boolean isTlsFromTheStart() {
        return this == SUBMISSION_TLS;
    }

    boolean isForAuthenticated() {
        return this != INBOUND;
    }

    SmtpSettings.Listener limits(Settings settings) {
        return this == INBOUND ? settings.smtp().inbound() : settings.smtp().submission();
    }
}
