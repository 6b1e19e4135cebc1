package io.postrider.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HomeTest {
    @TempDir
    Path directory;

    @Test
    void aNewHomeShouldGetItsDirectoriesAndTheConfiguration() {
        try (Home home = Home.open(directory.resolve("new/home"))) {
            home.addMissingConfiguration();

            assertThat(home.conf()).isDirectoryContaining("glob:**/mailetcontainer.xml");
            assertThat(home.secrets()).isDirectory();
            assertThat(home.keys()).isDirectory();
            assertThat(home.queue()).isDirectory();
            assertThat(home.database().getParent()).isDirectory();
            assertThat(home.directory()).isAbsolute();
        }
    }

    @Test
    void whatAnOperatorChangedShouldStay() throws Exception {
        try (Home home = Home.open(directory)) {
            home.addMissingConfiguration();
            Path file = home.conf().resolve("retry.properties");
            Files.writeString(file, "retry.ttl=1d\n");
            Files.delete(home.conf().resolve("queue.properties"));

            home.addMissingConfiguration();

            assertThat(file).hasContent("retry.ttl=1d");
            assertThat(home.conf().resolve("queue.properties")).exists();
        }
    }

    @Test
    void aHomeInUseShouldBeRefusedWithTheNumberOfTheProcess() {
        Home home = Home.open(directory);
        try {
            assertThatThrownBy(() -> Home.open(directory))
                    .isInstanceOf(Home.InUseException.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid())
                    .hasMessageContaining(directory.toString());
        } finally {
            home.close();
        }
    }

    @Test
    void aHomeThatWasLeftShouldBeFree() {
        Home.open(directory).close();

        Home.open(directory).close();
    }

    @Test
    void aHomeThatIsAFileShouldBeRefused() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "x");

        assertThatThrownBy(() -> Home.open(file))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining(file.toString());
    }
}
