package io.postrider.dns;

import java.net.InetAddress;

/** Names below {@code in-addr.arpa} and {@code ip6.arpa}, where the PTR records of addresses stand (RFC 1035, section 3.5; RFC 3596, section 2.5). */
public final class ReverseName {
    private ReverseName() {}

    public static String of(InetAddress address) {
        byte[] bytes = address.getAddress();
        StringBuilder name = new StringBuilder();
        for (int i = bytes.length - 1; i >= 0; i--) {
            int value = Byte.toUnsignedInt(bytes[i]);
            if (bytes.length == 4) {
                name.append(value).append('.');
            } else {
                name.append(Integer.toHexString(value & 15))
                        .append('.')
                        .append(Integer.toHexString(value >> 4))
                        .append('.');
            }
        }
        return name.append(bytes.length == 4 ? "in-addr.arpa" : "ip6.arpa").toString();
    }
}
