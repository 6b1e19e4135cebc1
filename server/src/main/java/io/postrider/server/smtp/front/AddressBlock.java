package io.postrider.server.smtp.front;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.util.Arrays;

/**
 * Whom a client counts as: its IPv4 address, or the /64 of its IPv6 address, since whoever has one address of that has all.
 *
 * @param text such as {@code 192.0.2.1} or {@code 2001:db8:0:1::/64}
 */
record AddressBlock(String text) {
    private static final int PREFIX_BYTES = 8;

    static AddressBlock of(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 4) {
            return new AddressBlock(address.getHostAddress());
        }
        Arrays.fill(bytes, PREFIX_BYTES, bytes.length, (byte) 0);
        try {
            return new AddressBlock(InetAddresses.toAddrString(InetAddress.getByAddress(bytes)) + "/64");
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException(bytes.length + " bytes (expected: 16)", e);
        }
    }
}
