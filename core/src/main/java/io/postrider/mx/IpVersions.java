package io.postrider.mx;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Which versions of IP are spoken, the preferred one first. */
public enum IpVersions {
    /** IPv4 only. */
    V4(true, false, true),
    /** IPv6 only. */
    V6(false, true, false),
    /** Both, IPv4 first. */
    V4_V6(true, true, true),
    /** Both, IPv6 first. */
    V6_V4(true, true, false);

    private final boolean v4;
    private final boolean v6;
    private final boolean v4First;

    IpVersions(boolean v4, boolean v6, boolean v4First) {
        this.v4 = v4;
        this.v6 = v6;
        this.v4First = v4First;
    }

    public boolean hasV4() {
        return v4;
    }

    public boolean hasV6() {
        return v6;
    }

    /** One of each version in turn (<a href="https://datatracker.ietf.org/doc/html/rfc8305#section-4">RFC 8305, section 4</a>). */
    List<InetAddress> inTurn(List<InetAddress> addresses) {
        Iterator<InetAddress> preferred = addresses.stream()
                .filter(address -> address instanceof Inet4Address == v4First)
                .iterator();
        Iterator<InetAddress> other = addresses.stream()
                .filter(address -> address instanceof Inet4Address != v4First)
                .iterator();
        List<InetAddress> ordered = new ArrayList<>();
        while (preferred.hasNext() || other.hasNext()) {
            if (preferred.hasNext()) {
                ordered.add(preferred.next());
            }
            if (other.hasNext()) {
                ordered.add(other.next());
            }
        }
        return ordered;
    }
}
