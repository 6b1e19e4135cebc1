package io.postrider.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.InetAddresses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.0/8,       127.0.0.1,          true",
        "127.0.0.0/8,       127.255.255.255,    true",
        "127.0.0.0/8,       128.0.0.0,          false",
        "10.20.16.0/20,     10.20.31.255,       true",
        "10.20.16.0/20,     10.20.32.0,         false",
        "10.20.16.0/20,     10.20.15.255,       false",
        "192.0.2.7/32,      192.0.2.7,          true",
        "192.0.2.7/32,      192.0.2.6,          false",
        "192.0.2.7,         192.0.2.7,          true",
        "0.0.0.0/0,         203.0.113.9,        true",
        "::1/128,           ::1,                true",
        "::1/128,           ::2,                false",
        "fd00::/8,          fdff::1,            true",
        "fd00::/8,          fe00::1,            false",
        "2001:db8:8000::/33,2001:db8:ffff::1,   true",
        "2001:db8:8000::/33,2001:db8:7fff::1,   false",
        "::/0,              2001:db8::1,        true",
        "::/0,              192.0.2.1,          false",
        "0.0.0.0/0,         2001:db8::1,        false",
        "10.0.0.0/8,        ::ffff:10.1.2.3,    true",
    })
    void containsShouldCompareThePrefix(String network, String address, boolean expected) {
        assertThat(Cidr.parse(network).contains(InetAddresses.forString(address)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "localhost/8", "10.0.0/8", "10.0.0.0/8/8"})
    void whatIsNoNetworkShouldBeRefused(String text) {
        assertThatThrownBy(() -> Cidr.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("network: '" + text + "' (expected: a block such as 10.0.0.0/8 or fd00::/8)");
    }

    @Test
    void aPrefixThatIsTooLongShouldBeRefused() {
        assertThatThrownBy(() -> Cidr.parse("10.0.0.0/33"))
                .hasMessage("prefix length: 33 (expected: 0 to 32 for 10.0.0.0)");
    }

    @Test
    void bitsBehindThePrefixShouldBeRefusedWithBothMeanings() {
        assertThatThrownBy(() -> Cidr.parse("10.1.2.3/8"))
                .hasMessage("network: 10.1.2.3/8 has bits set behind its prefix (expected: 10.0.0.0/8 or 10.1.2.3/32)");
    }
}
