package io.postrider.security.bouncycastle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.security.bouncycastle.Argon2PasswordHasher.Cost;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class Argon2PasswordHasherTest {
    private final Argon2PasswordHasher hasher = new Argon2PasswordHasher();

    @Test
    void matchesShouldTellTheRightPasswordFromWrongOnes() {
        String hash = hasher.hash("correct horse");

        assertThat(hasher.matches("correct horse", hash)).isTrue();
        assertThat(hasher.matches("correct horsf", hash)).isFalse();
        assertThat(hasher.matches("", hash)).isFalse();
    }

    @Test
    void hashShouldSayItsAlgorithmAndCost() {
        assertThat(hasher.hash("correct horse")).matches("\\$argon2id\\$v=19\\$m=19456,t=3,p=1\\$[^$]{22}\\$[^$]{43}");
    }

    @Test
    void hashShouldHaveASaltOfItsOwn() {
        assertThat(hasher.hash("correct horse")).isNotEqualTo(hasher.hash("correct horse"));
    }

    @Test
    void aHashOfAnotherCostShouldStillMatch() {
        String cheap = new Argon2PasswordHasher(new Cost(64, 1, 1), new SecureRandom(), 1).hash("correct horse");

        assertThat(hasher.matches("correct horse", cheap)).isTrue();
        assertThat(hasher.matches("wrong", cheap)).isFalse();
    }

    /** A vector of the reference implementation (phc-winner-argon2, src/test.c). */
    @Test
    void aHashOfTheReferenceImplementationShouldMatch() {
        String reference = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

        assertThat(hasher.matches("password", reference)).isTrue();
        assertThat(hasher.matches("passwore", reference)).isFalse();
    }

    @Test
    void passwordsBeyondAsciiShouldMatch() {
        assertThat(hasher.matches("pässwörd€", hasher.hash("pässwörd€"))).isTrue();
    }

    @Test
    void anUnreadableHashShouldBeRefusedWithoutQuotingIt() {
        assertThatThrownBy(() -> hasher.matches("x", "$2b$10$abcdefghijklmnopqrstuv"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("abcdef");
    }

    @Test
    void aHashThatAsksForTooMuchMemoryShouldBeRefused() {
        assertThatThrownBy(() -> hasher.matches(
                        "x",
                        "$argon2id$v=19$m=9999999,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"))
                .hasMessage("memoryKiB: 9999999 (expected: 8 to 1048576)");
    }

    @Test
    void manyAtOnceShouldAllBeAnswered() throws Exception {
        String hash = hasher.hash("correct horse");
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            List<Callable<Boolean>> tries = IntStream.range(0, 32)
                    .<Callable<Boolean>>mapToObj(
                            i -> () -> hasher.matches(i % 2 == 0 ? "correct horse" : "wrong", hash))
                    .toList();
            List<Future<Boolean>> answers = threads.invokeAll(tries);
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get()).isEqualTo(i % 2 == 0);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
