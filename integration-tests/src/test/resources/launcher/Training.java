package io.postrider.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Stands in for the server that passes mails for exercise: it says that it was called, and succeeds or fails as the environment tells it. */
public final class Training {
    public static void main(String[] args) throws Exception {
        Files.writeString(Path.of(System.getenv("TRAININGS")), "training\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        System.exit("yes".equals(System.getenv("TRAINS")) ? 0 : 1);
    }
}
