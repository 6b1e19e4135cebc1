package io.postrider.store.sql.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @TempDir
    Path folder;

    @Test
    void sweepShouldRemoveWhatKilledProcessesLeftAndNothingElse() throws IOException {
        Path library = Files.createFile(folder.resolve("sqlite-3.53.4.0-4711-libsqlitejdbc.so"));
        Path lock = Files.createFile(folder.resolve("sqlite-3.53.4.0-4711-libsqlitejdbc.so.lck"));
        Path other = Files.createFile(folder.resolve("notes.txt"));

        NativeLibrary.sweep(folder);

        assertThat(library).doesNotExist();
        assertThat(lock).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void openShouldChooseAFolderOfOurs() {
        Database.open(folder.resolve("postrider.db"), Settings.DEFAULT).close();

        assertThat(System.getProperty("org.sqlite.tmpdir")).endsWith("/native");
    }
}
