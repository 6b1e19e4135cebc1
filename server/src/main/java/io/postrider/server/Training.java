package io.postrider.server;

import io.postrider.security.corretto.CorrettoCrypto;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;

/** Passes mails through a node and ends, for {@code ./postrider archive}, which wants to know what classes that loads. */
final class Training {
    private static final Duration ENOUGH = Duration.ofMinutes(1);

    private Training() {}

    /** Takes a directory to work in. Exit code 1: not all mails were passed. */
    public static void main(String[] arguments) {
        try (Home home = Home.open(Path.of(arguments[0]))) {
            boolean complete = new WarmUp(
                            home, ENOUGH, Clock.tickMillis(ZoneOffset.UTC), CorrettoCrypto.find(home.nativeLibraries()))
                    .run();
            System.exit(complete ? 0 : 1); // threads of libraries would keep the process
        }
    }
}
