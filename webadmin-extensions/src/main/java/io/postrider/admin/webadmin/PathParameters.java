package io.postrider.admin.webadmin;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import spark.Request;

/**
 * The variable parts of a path. Spark decodes them as it decodes forms, so a plus sign in an address or a user name would become a blank; here only
 * percent signs are decoded (<a href="https://datatracker.ietf.org/doc/html/rfc3986#section-2.1">RFC 3986, section 2.1</a>).
 */
public final class PathParameters {
    private PathParameters() {}

    /** The second part of the path, as {@code acme} in {@code /tenants/acme}. */
    public static String second(Request request) {
        return part(request, 2);
    }

    /** The third part of the path, as {@code 7} in {@code /simulator/messages/7}. */
    public static String third(Request request) {
        return part(request, 3);
    }

    /** The second part of the path as a name: 1 to 63 of {@code a-z}, {@code 0-9} and inner hyphens. */
    public static String name(Request request, String what) {
        return requireName(second(request), what);
    }

    /** Checks what names a tenant, a relay or a route. */
    public static String requireName(String name, String what) {
        if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    what + ": '" + printable(name) + "' (expected: 1 to 63 of a-z, 0-9 and inner hyphens)");
        }
        return name;
    }

    private static String part(Request request, int n) {
        return percentDecoded(request.raw().getRequestURI().split("/", -1)[n]);
    }

    static String percentDecoded(String text) {
        ByteBuffer bytes = ByteBuffer.allocate(text.length() * 4);
        for (int i = 0; i < text.length(); ) {
            if (text.charAt(i) == '%') {
                bytes.put((byte) (hexDigit(text, i + 1) << 4 | hexDigit(text, i + 2)));
                i += 3;
            } else {
                int codePoint = text.codePointAt(i);
                bytes.put(Character.toString(codePoint).getBytes(StandardCharsets.UTF_8));
                i += Character.charCount(codePoint);
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "'" + printable(text) + "' (expected: UTF-8 behind the percent signs)", e);
        }
    }

    private static int hexDigit(String text, int at) {
        int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
        if (digit < 0) {
            throw new IllegalArgumentException(
                    "'" + printable(text) + "' (expected: two hexadecimal digits behind each percent sign)");
        }
        return digit;
    }

    private static String printable(String text) {
        String cut = text.length() > 80 ? text.substring(0, 80) + "…" : text;
        return cut.replaceAll("\\p{Cntrl}", "?");
    }
}
