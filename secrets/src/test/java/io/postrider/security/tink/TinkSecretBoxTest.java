package io.postrider.security.tink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.security.SecretBox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinkSecretBoxTest {
    private static final byte[] SECRET = "correct horse".getBytes(UTF_8);
    private static final String CONTEXT = "relay:ses";

    @TempDir
    Path home;

    @Test
    void decryptShouldReturnWhatWasEncrypted() {
        SecretBox box = TinkSecretBox.open(keyFile());

        assertThat(box.decrypt(box.encrypt(SECRET, CONTEXT), CONTEXT)).isEqualTo(SECRET);
    }

    @Test
    void encryptShouldHideTheSecretAndNeverRepeatItself() {
        SecretBox box = TinkSecretBox.open(keyFile());

        byte[] first = box.encrypt(SECRET, CONTEXT);
        byte[] second = box.encrypt(SECRET, CONTEXT);

        assertThat(new String(first, java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain("horse");
        assertThat(first).isNotEqualTo(second);
    }

    @Test
    void openShouldMakeAKeyFileThatOnlyItsOwnerReads() throws IOException {
        TinkSecretBox.open(keyFile());

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keyFile())))
                .isEqualTo("rw-------");
    }

    @Test
    void openShouldUseTheKeyThatIsThere() {
        byte[] sealed = TinkSecretBox.open(keyFile()).encrypt(SECRET, CONTEXT);

        assertThat(TinkSecretBox.open(keyFile()).decrypt(sealed, CONTEXT)).isEqualTo(SECRET);
    }

    @Test
    void ofKeysetShouldTakeTheContentOfAKeyFile() throws IOException {
        byte[] sealed = TinkSecretBox.open(keyFile()).encrypt(SECRET, CONTEXT);

        assertThat(TinkSecretBox.ofKeyset(Files.readString(keyFile())).decrypt(sealed, CONTEXT))
                .isEqualTo(SECRET);
    }

    @Test
    void decryptShouldRefuseEveryChangedByte() {
        SecretBox box = TinkSecretBox.open(keyFile());
        byte[] sealed = box.encrypt(SECRET, CONTEXT);

        for (int i = 0; i < sealed.length; i++) {
            byte[] changed = sealed.clone();
            changed[i] ^= 1;
            assertThatThrownBy(() -> box.decrypt(changed, CONTEXT)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void decryptShouldRefuseAnotherContext() {
        SecretBox box = TinkSecretBox.open(keyFile());
        byte[] sealed = box.encrypt(SECRET, CONTEXT);

        assertThatThrownBy(() -> box.decrypt(sealed, "relay:other"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("relay:other");
    }

    @Test
    void decryptShouldRefuseWhatAnotherKeyEncrypted() {
        byte[] sealed = TinkSecretBox.open(home.resolve("other.key")).encrypt(SECRET, CONTEXT);
        SecretBox box = TinkSecretBox.open(keyFile());

        assertThatThrownBy(() -> box.decrypt(sealed, CONTEXT))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("another master key");
    }

    @Test
    void anUnreadableKeyShouldBeNamedAndNotQuotedAndNotReplaced() throws IOException {
        Path file = keyFile();
        Files.createDirectories(file.getParent());
        Files.writeString(file, "hunter2");

        assertThatThrownBy(() -> TinkSecretBox.open(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageNotContaining("hunter2")
                .hasNoCause();
        assertThat(file).content().isEqualTo("hunter2");
    }

    private Path keyFile() {
        return home.resolve("secrets/master.key");
    }
}
