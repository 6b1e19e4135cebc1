package io.postrider.store.sql;

import io.postrider.testkit.AesSecretBox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An empty store in a folder of its own for each test. */
public final class StoreExtension implements BeforeEachCallback, AfterEachCallback {
    private final AesSecretBox secrets = AesSecretBox.withNewKey();
    private @Nullable Path folder;
    private @Nullable SqlStore store;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        folder = Files.createTempDirectory("store-sql-test");
        store = SqlStore.open(file(), secrets);
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        store().close();
        try (Stream<Path> paths = Files.walk(folder())) {
            List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.delete(path);
            }
        }
    }

    public SqlStore store() {
        return Objects.requireNonNull(store);
    }

    /** Closes the store and opens its file again. */
    public SqlStore reopen() {
        store().close();
        store = SqlStore.open(file(), secrets);
        return store();
    }

    public Path file() {
        return folder().resolve("postrider.db");
    }

    /** What all files of the store hold: the database and its log. */
    public String contentOfAllFiles() {
        StringBuilder content = new StringBuilder();
        try (Stream<Path> paths = Files.list(folder())) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                content.append(new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1));
            }
            return content.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path folder() {
        return Objects.requireNonNull(folder);
    }
}
