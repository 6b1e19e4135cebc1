package io.postrider.dns.dnsjava;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemHostsTest {
    @TempDir
    Path folder;

    @Test
    void namesAndAliasesShouldBeFoundWithBothVersions() throws IOException {
        Path file = Files.writeString(folder.resolve("hosts"), """
                # a comment
                127.0.0.1 localhost
                192.0.2.7 relay.test relay # the relay
                2001:db8::7 relay.test
                """);
        SystemHosts hosts = new SystemHosts(file);

        assertThat(hosts.find("relay.test"))
                .containsExactly(InetAddress.getByName("192.0.2.7"), InetAddress.getByName("2001:db8::7"));
        assertThat(hosts.find("relay")).containsExactly(InetAddress.getByName("192.0.2.7"));
        assertThat(hosts.find("other.test")).isEmpty();
        assertThat(hosts.find("x".repeat(64))).isEmpty();
    }

    @Test
    void aFileThatIsNotThereShouldSayNothing() {
        assertThat(new SystemHosts(folder.resolve("nothing")).find("localhost")).isEmpty();
    }
}
