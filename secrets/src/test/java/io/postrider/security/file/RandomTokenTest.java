package io.postrider.security.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class RandomTokenTest {
    private final SecureRandom random = new SecureRandom();

    @Test
    void tokensShouldBeLongEnoughForTheirBits() {
        assertThat(RandomToken.of(160, random)).hasSize(32);
        assertThat(RandomToken.of(128, random)).hasSize(26);
    }

    @Test
    void tokensShouldUseAllLettersOfBase32AndNoOthers() {
        Set<Character> seen = new TreeSet<>();
        for (int i = 0; i < 200; i++) {
            RandomToken.of(160, random).chars().forEach(letter -> seen.add((char) letter));
        }

        assertThat(seen).hasSize(32).allMatch(letter -> "abcdefghijklmnopqrstuvwxyz234567".indexOf(letter) >= 0);
    }

    @Test
    void tokensShouldDiffer() {
        Set<String> tokens = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            tokens.add(RandomToken.of(128, random));
        }

        assertThat(tokens).hasSize(1000);
    }

    @Test
    void aTokenThatCouldBeGuessedShouldBeRefused() {
        assertThatThrownBy(() -> RandomToken.of(64, random)).hasMessage("bits: 64 (expected: 128 or more)");
    }
}
