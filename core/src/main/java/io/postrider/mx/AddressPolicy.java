package io.postrider.mx;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which addresses mail may go to. What a stranger writes into DNS must neither make us talk to ourselves nor to what is behind our firewall.
 *
 * @param allowLoopback for tests: loopback addresses are hosts like others
 * @param allowPrivate whether mail may go to private networks (RFC 1918, RFC 4193, RFC 6598)
 * @param allowLiterals whether recipients such as {@code bob@[192.0.2.1]} can be had
 * @param ownNames what we are called, in lower case
 * @param ownAddresses what we listen on or send from
 */
public record AddressPolicy(
        boolean allowLoopback,
        boolean allowPrivate,
        boolean allowLiterals,
        Set<String> ownNames,
        Supplier<Set<InetAddress>> ownAddresses) {

    /** What an address is to us. */
    enum Verdict {
        FINE,
        /** It is we who listen there. */
        OURSELVES,
        REFUSED
    }

    public AddressPolicy {
        ownNames = Set.copyOf(ownNames);
    }

    Verdict of(InetAddress address, Set<InetAddress> own) {
        if (address.isLoopbackAddress()) {
            return allowLoopback ? Verdict.FINE : Verdict.OURSELVES;
        }
        if (address.isAnyLocalAddress() || own.contains(address)) {
            return Verdict.OURSELVES;
        }
        boolean refused = address.isMulticastAddress()
                || address.isLinkLocalAddress()
                || isReserved(address)
                || isPrivate(address) && !allowPrivate;
        return refused ? Verdict.REFUSED : Verdict.FINE;
    }

    private static boolean isReserved(InetAddress address) {
        int first = Byte.toUnsignedInt(address.getAddress()[0]);
        return address instanceof Inet4Address && (first == 0 || first >= 240);
    }

    private static boolean isPrivate(InetAddress address) {
        byte[] bytes = address.getAddress();
        int first = Byte.toUnsignedInt(bytes[0]);
        boolean shared = address instanceof Inet4Address && first == 100 && (bytes[1] & 0xc0) == 64;
        boolean uniqueLocal = !(address instanceof Inet4Address) && (first & 0xfe) == 0xfc;
        return address.isSiteLocalAddress() || shared || uniqueLocal;
    }
}
