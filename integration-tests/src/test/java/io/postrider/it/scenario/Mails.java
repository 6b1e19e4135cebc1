package io.postrider.it.scenario;

import java.nio.charset.StandardCharsets;

/** Messages to submit. */
final class Mails {
    private Mails() {}

    /** A small message; CR is added to each line. */
    static byte[] simple(String from, String subject) {
        return of("From: " + from, "To: somebody@there.example", "Subject: " + subject, "", "Hello.");
    }

    /** Lines, each ended by CRLF, a byte for a character. */
    static byte[] of(String... lines) {
        return (String.join("\r\n", lines) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    }

    /** All behind the empty line that ends the header. */
    static byte[] bodyOf(byte[] message) {
        String text = text(message);
        return text.substring(text.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.ISO_8859_1);
    }

    static String headerOf(byte[] message) {
        String text = text(message);
        return text.substring(0, text.indexOf("\r\n\r\n") + 2);
    }

    static String text(byte[] message) {
        return new String(message, StandardCharsets.ISO_8859_1);
    }
}
