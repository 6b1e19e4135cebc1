package io.postrider.security.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFilesTest {
    @TempDir
    Path directory;

    @Test
    void writeShouldLeaveAFileThatOnlyItsOwnerReads() throws IOException {
        Path file = directory.resolve("token");

        SecretFiles.write(file, "s3cret");

        assertThat(file).content().isEqualTo("s3cret");
        assertThat(mode(file)).isEqualTo("rw-------");
    }

    @Test
    void writeShouldMakeTheMissingDirectoriesForTheirOwnerOnly() throws IOException {
        Path file = directory.resolve("a/b/token");

        SecretFiles.write(file, "s3cret");

        assertThat(mode(directory.resolve("a"))).isEqualTo("rwx------");
        assertThat(mode(directory.resolve("a/b"))).isEqualTo("rwx------");
    }

    @Test
    void writeShouldReplaceAFileThatOthersCouldRead() throws IOException {
        Path file = Files.writeString(directory.resolve("token"), "old");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

        SecretFiles.write(file, "new");

        assertThat(file).content().isEqualTo("new");
        assertThat(mode(file)).isEqualTo("rw-------");
    }

    @Test
    void writeShouldLeaveNothingElseBehind() throws IOException {
        SecretFiles.write(directory.resolve("token"), "s3cret");

        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(directory.resolve("token"));
        }
    }

    @Test
    void writeShouldNameTheFileThatItCannotWriteAndLeaveNothingBehind() throws IOException {
        Path occupied = Files.createDirectories(directory.resolve("token/full")).getParent();

        assertThatThrownBy(() -> SecretFiles.write(occupied, "s3cret"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("cannot write the secret file " + occupied);
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(occupied);
        }
    }

    @Test
    void readShouldDropTheLineEndThatAnEditorAdds() throws IOException {
        Path file = Files.writeString(directory.resolve("token"), "s3cret\r\n");

        assertThat(SecretFiles.read(file)).isEqualTo("s3cret");
    }

    @Test
    void readShouldNameTheFileThatIsMissing() {
        Path file = directory.resolve("none");

        assertThatThrownBy(() -> SecretFiles.read(file))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessage("cannot read the secret file " + file);
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
