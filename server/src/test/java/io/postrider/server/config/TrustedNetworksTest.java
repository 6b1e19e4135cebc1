package io.postrider.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.InetAddresses;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrustedNetworksTest {
    @Test
    void theSmallestNetworkShouldDecide() {
        TrustedNetworks networks = TrustedNetworks.parse("10.0.0.0/8=default, 10.1.0.0/16=shop, ::1/128=default");

        assertThat(tenantOf(networks, "10.1.2.3")).contains("shop");
        assertThat(tenantOf(networks, "10.2.2.3")).contains("default");
        assertThat(tenantOf(networks, "::1")).contains("default");
        assertThat(tenantOf(networks, "192.0.2.1")).isEmpty();
    }

    @Test
    void nothingShouldBeTrustedWhenNothingIsSaid() {
        TrustedNetworks networks = TrustedNetworks.parse("");

        assertThat(networks.isEmpty()).isTrue();
        assertThat(tenantOf(networks, "127.0.0.1")).isEmpty();
    }

    @Test
    void aNetworkWithoutATenantShouldBeRefused() {
        assertThatThrownBy(() -> TrustedNetworks.parse("10.0.0.0/8"))
                .hasMessage("'10.0.0.0/8' (expected: network=tenant, say 10.0.0.0/8=default)");
    }

    @Test
    void aTenantNameThatCannotBeShouldBeRefused() {
        assertThatThrownBy(() -> TrustedNetworks.parse("10.0.0.0/8=De Fault"))
                .hasMessageStartingWith("tenant: 'De Fault' (expected: ");
    }

    @Test
    void aNetworkThatStandsTwiceShouldBeRefused() {
        assertThatThrownBy(() -> TrustedNetworks.parse("10.0.0.0/8=one,10.0.0.0/8=other"))
                .hasMessage("10.0.0.0/8 stands twice (expected: one tenant for each network)");
    }

    private static Optional<String> tenantOf(TrustedNetworks networks, String address) {
        return networks.tenantOf(InetAddresses.forString(address));
    }
}
