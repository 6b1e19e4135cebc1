package io.postrider.mail;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OctetsTest {
    @Test
    void theFirstControlShouldBeFoundWhereverItStands() {
        for (int length = 0; length <= 40; length++) {
            byte[] octets = new byte[length];
            Arrays.fill(octets, (byte) 'x');
            for (int from = 0; from <= length; from++) {
                assertThat(Octets.firstControl(octets, from, length)).isEqualTo(length);
                for (int at = from; at < length; at++) {
                    octets[at] = '\n';
                    assertThat(Octets.firstControl(octets, from, length)).isEqualTo(at);
                    assertThat(Octets.firstControl(octets, from, at)).isEqualTo(at);
                    octets[at] = 'x';
                }
            }
        }
    }

    @Test
    void noOtherOctetShouldCountAsAControl() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] octets = new byte[24];
            random.nextBytes(octets);

            assertThat(Octets.firstControl(octets, 0, octets.length)).isEqualTo(oneByOne(octets));
        }
    }

    private static int oneByOne(byte[] octets) {
        int i = 0;
        while (i < octets.length && Byte.toUnsignedInt(octets[i]) >= 32) {
            i++;
        }
        return i;
    }
}
