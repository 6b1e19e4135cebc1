package io.postrider.it.scenario;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The octets behind DATA, read slowly and by the letter of <a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.5.2">RFC 5321</a>: what tests compare with. */
final class DataStream {
    private static final Pattern END = Pattern.compile("(^|\r\n)\\.\r\n");
    private static final Pattern STUFFED = Pattern.compile("(^|\r\n)\\.");
    private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");

    private DataStream() {}

    /** The content up to the first CRLF.CRLF, its dots unstuffed, with CRLF for each bare CR or LF, and without NUL. */
    static String contentOf(String stream) {
        Matcher end = END.matcher(stream);
        if (!end.find()) {
            throw new IllegalArgumentException("no CRLF.CRLF in what was sent");
        }
        String stuffed = stream.substring(0, end.start() + end.group(1).length());
        String plain = STUFFED.matcher(stuffed).replaceAll("$1");
        return LINE_END.matcher(plain).replaceAll("\r\n").replace("\0", "");
    }
}
