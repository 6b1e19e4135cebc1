package io.postrider.simulator.webadmin;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the header of a message (<a href="https://datatracker.ietf.org/doc/html/rfc5322#section-2.2">RFC 5322, section 2.2</a>): unfolded, nothing
 * decoded but UTF-8.
 */
final class HeaderFields {
    /** A field of the header. */
    record Field(String name, String value) {}

    private HeaderFields() {}

    static List<Field> of(byte[] message) {
        List<Field> fields = new ArrayList<>();
        for (String line : unfolded(message)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.add(new Field(
                        line.substring(0, colon).stripTrailing(),
                        line.substring(colon + 1).strip()));
            }
        }
        return fields;
    }

    private static List<String> unfolded(byte[] message) {
        List<String> lines = new ArrayList<>();
        int start = 0;
        while (start < message.length) {
            int end = start;
            while (end < message.length && message[end] != '\n') {
                end++;
            }
            int length = end - start - (end > start && message[end - 1] == '\r' ? 1 : 0);
            if (length == 0) {
                break;
            }
            String line = new String(message, start, length, StandardCharsets.UTF_8);
            boolean continues = line.charAt(0) == ' ' || line.charAt(0) == '\t';
            if (continues && !lines.isEmpty()) {
                lines.set(lines.size() - 1, lines.get(lines.size() - 1) + line);
            } else {
                lines.add(line);
            }
            start = end + 1;
        }
        return lines;
    }
}
