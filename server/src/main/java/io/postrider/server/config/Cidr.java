package io.postrider.server.config;

import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * A block of addresses such as {@code 10.0.0.0/8} or {@code fd00::/8} (<a href="https://datatracker.ietf.org/doc/html/rfc4632">RFC
 * 4632</a>). An IPv4 address that is written as IPv6 ({@code ::ffff:10.1.2.3}) is an IPv4 address.
 *
 * @param network its first address
 * @param prefixLength bits that all its addresses share, 0 to 32 or 128
 */
public record Cidr(InetAddress network, int prefixLength) {
    public Cidr {
        int most = network.getAddress().length * Byte.SIZE;
        if (prefixLength < 0 || prefixLength > most) {
            throw new IllegalArgumentException(
                    "prefix length: " + prefixLength + " (expected: 0 to " + most + " for " + text(network) + ")");
        }
        byte[] first = masked(network.getAddress(), prefixLength);
        if (!Arrays.equals(first, network.getAddress())) {
            throw new IllegalArgumentException("network: " + text(network) + "/" + prefixLength
                    + " has bits set behind its prefix (expected: " + text(addressOf(first)) + "/"
                    + prefixLength + " or " + text(network) + "/" + most + ")");
        }
    }

    /** Parses {@code address/prefixLength}; an address alone is a block of one. Asks no name server. */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        if (!InetAddresses.isInetAddress(address)
                || slash >= 0 && !text.substring(slash + 1).matches("\\d{1,3}")) {
            throw new IllegalArgumentException(
                    "network: '" + text + "' (expected: a block such as 10.0.0.0/8 or fd00::/8)");
        }
        InetAddress network = InetAddresses.forString(address);
        int bits = network.getAddress().length * Byte.SIZE;
        return new Cidr(network, slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1)));
    }

    /** Whether the address is in this block. One of the other family never is. */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        byte[] first = network.getAddress();
        return bytes.length == first.length && Arrays.equals(masked(bytes, prefixLength), first);
    }

    @Override
    public String toString() {
        return text(network) + "/" + prefixLength;
    }

    private static String text(InetAddress address) {
        return InetAddresses.toAddrString(address);
    }

    private static InetAddress addressOf(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(bytes.length + " bytes (expected: 4 or 16)", e);
        }
    }

    private static byte[] masked(byte[] address, int bits) {
        byte[] masked = new byte[address.length];
        int whole = bits / Byte.SIZE;
        System.arraycopy(address, 0, masked, 0, whole);
        if (bits % Byte.SIZE != 0) {
            masked[whole] = (byte) (address[whole] & 0xFF << Byte.SIZE - bits % Byte.SIZE);
        }
        return masked;
    }
}
