package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The configuration of a home, as an operator edits it. */
final class Configuration {
    private Configuration() {}

    /** Writes a file of the embedded tree with a text in it replaced, before the first start or between two. */
    static void edit(Path home, String name, String text, String replacement) throws IOException {
        try (InputStream in = Configuration.class.getResourceAsStream("/embedded/" + name)) {
            String original = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(original).contains(text);
            Files.createDirectories(home.resolve("conf"));
            Files.writeString(home.resolve("conf").resolve(name), original.replace(text, replacement));
        }
    }

    /** Writes a file as it is in the embedded tree. */
    static void restore(Path home, String name) throws IOException {
        edit(home, name, "", "");
    }
}
