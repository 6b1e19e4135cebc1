package io.postrider.dns.dnsjava;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.ResolverConfig;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;
import org.xbill.DNS.hosts.HostsFileParser;

/** What the machine itself says of names: its hosts file, and the domains that short names are looked for in. Safe for concurrent use. */
public final class SystemHosts {
    private static final Logger LOGGER = LoggerFactory.getLogger(SystemHosts.class);

    private final HostsFileParser file;

    /** @param file as {@code /etc/hosts}; read again when it changes, and need not exist */
    public SystemHosts(Path file) {
        this.file = new HostsFileParser(file);
    }

    /** The hosts file of this machine. */
    public static SystemHosts ofThisMachine() {
        return new SystemHosts(Path.of("/etc/hosts"));
    }

    /** The addresses of a name: one of IPv4 and one of IPv6 at most, each the first that stands there. */
    public List<InetAddress> find(String name) {
        try {
            Name absolute = Name.fromString(name, Name.root);
            return Stream.of(address(absolute, Type.A), address(absolute, Type.AAAA))
                    .flatMap(Optional::stream)
                    .toList();
        } catch (TextParseException e) {
            return List.of(); // too long to stand anywhere
        } catch (IOException e) {
            LOGGER.warn("the hosts file cannot be read; {} is looked for in DNS alone", name, e);
            return List.of();
        }
    }

    /** As {@code search} in {@code /etc/resolv.conf} says. */
    public static List<String> searchDomains() {
        return ResolverConfig.getCurrentConfig().searchPath().stream()
                .map(domain -> domain.toString(true))
                .filter(domain -> !domain.isEmpty())
                .toList();
    }

    private Optional<InetAddress> address(Name name, int type) throws IOException {
        return file.getAddressForHost(name, type);
    }
}
