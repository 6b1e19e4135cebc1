package io.postrider.server.smtp;

import com.google.common.net.InetAddresses;
import java.net.Inet6Address;
import java.net.InetAddress;

/** An address as SMTP writes it (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.3">RFC 5321, section 4.1.3</a>). */
public final class AddressLiteral {
    private AddressLiteral() {}

    /** Such as {@code [192.0.2.1]} or {@code [IPv6:2001:db8::1]}. */
    public static String of(InetAddress address) {
        return "[" + (address instanceof Inet6Address ? "IPv6:" : "") + InetAddresses.toAddrString(address) + "]";
    }
}
