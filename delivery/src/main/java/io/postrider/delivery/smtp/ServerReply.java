package io.postrider.delivery.smtp;

import io.postrider.mail.SmtpReply;
import java.util.List;
import java.util.stream.Collectors;

/** A reply as it came over the wire: its code and its whole lines. */
record ServerReply(int code, List<String> lines) {
    private static final int TEXT_START = 4;

    ServerReply {
        lines = List.copyOf(lines);
    }

    SmtpReply reply() {
        if (lines.size() == 1) {
            return new SmtpReply(code, textOf(lines.get(0)));
        }
        return new SmtpReply(
                code, textLines().stream().filter(text -> !text.isEmpty()).collect(Collectors.joining(" ")));
    }

    /** The lines without code and separator. */
    List<String> textLines() {
        return lines.stream().map(ServerReply::textOf).toList();
    }

    private static String textOf(String line) {
        return line.length() > TEXT_START ? line.substring(TEXT_START).strip() : "";
    }

    /** With asterisks in the place of these words. */
    ServerReply without(List<String> secrets) {
        ServerReply veiled = this;
        for (String secret : secrets) {
            veiled = new ServerReply(
                    code,
                    veiled.lines.stream()
                            .map(line -> line.replace(secret, "***"))
                            .toList());
        }
        return veiled;
    }

    /** Any 2yz is success, but 221 says that the peer hangs up. */
    boolean isPositive() {
        return code < 300 && !isClosing();
    }

    /** 354, or by its first digit the same. */
    boolean isIntermediate() {
        return code >= 300 && code < 400;
    }

    boolean isNegative() {
        return code >= 400;
    }

    /** 221 and 421 may answer anything, and the peer closes the connection after them (RFC 5321, section 3.8). */
    boolean isClosing() {
        return code == 221 || code == 421;
    }
}
