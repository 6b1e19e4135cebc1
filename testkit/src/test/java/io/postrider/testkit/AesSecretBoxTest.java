package io.postrider.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AesSecretBoxTest {
    private static final byte[] SECRET = "secret".getBytes(StandardCharsets.UTF_8);

    private final AesSecretBox box = AesSecretBox.withNewKey();

    @Test
    void decryptShouldReturnWhatWasEncrypted() {
        assertThat(box.decrypt(box.encrypt(SECRET, "row 1"), "row 1")).isEqualTo(SECRET);
    }

    @Test
    void encryptShouldNotGiveTheSameTwice() {
        assertThat(box.encrypt(SECRET, "row 1")).isNotEqualTo(box.encrypt(SECRET, "row 1"));
    }

    @Test
    void decryptShouldRefuseAnotherContextAnotherKeyAndAChange() {
        byte[] sealed = box.encrypt(SECRET, "row 1");
        assertThatIllegalStateException().isThrownBy(() -> box.decrypt(sealed, "row 2"));
        assertThatIllegalStateException()
                .isThrownBy(() -> AesSecretBox.withNewKey().decrypt(sealed, "row 1"));
        assertThatIllegalStateException().isThrownBy(() -> box.decrypt(new byte[3], "row 1"));

        sealed[sealed.length - 1] ^= 1;
        assertThatIllegalStateException().isThrownBy(() -> box.decrypt(sealed, "row 1"));
    }
}
