package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CapabilitiesTest {
    @Test
    void ofShouldReadKeywordsWhateverTheirCase() {
        Capabilities capabilities = of("250-PIPELINING", "250-Pipelining", "250-8bitmime", "250 size 10240");

        assertThat(capabilities.pipelining()).isTrue();
        assertThat(capabilities.eightBitMime()).isTrue();
        assertThat(capabilities.sizeLimit()).hasValue(10240);
        assertThat(capabilities.startTls()).isFalse();
    }

    @Test
    void ofShouldNotTakeTheServersNameForAKeyword() {
        assertThat(of("250 PIPELINING").pipelining()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SIZE", "SIZE 0", "SIZE -5", "SIZE many", "SIZE 99999999999999999999999"})
    void sizeLimitShouldBeNoneWhenNoneIsStated(String line) {
        assertThat(of("250-peer", "250 " + line).sizeLimit()).isEmpty();
        assertThat(of("250-peer", "250 " + line).size()).isTrue();
    }

    @Test
    void authShouldFindMechanismsAsWholeWords() {
        Capabilities capabilities = of("250-peer", "250-AUTH PLAIN-CLIENTTOKEN login", "250 AUTH=NTLM");

        assertThat(capabilities.auth("PLAIN")).isFalse();
        assertThat(capabilities.auth("LOGIN")).isTrue();
        assertThat(capabilities.auth("NTLM")).isTrue();
    }

    private static Capabilities of(String... lines) {
        return Capabilities.of(new ServerReply(250, List.of(lines)));
    }
}
