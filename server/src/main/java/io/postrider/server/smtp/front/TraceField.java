package io.postrider.server.smtp.front;

import io.postrider.server.smtp.AddressLiteral;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.smtp.SMTPSession;

/**
 * The Received field (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.4">RFC 5321, section 4.4</a>). Asks no name server, and names no recipient. Nothing in
 * it can be more than one word of what the client said.
 */
final class TraceField {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final String WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:[]-";

    private TraceField() {}

    /** @param withClient whether it says who the client is and what it called itself */
    static String of(SMTPSession session, boolean withClient, String id, Instant now) {
        StringBuilder field = new StringBuilder("Received: ");
        if (withClient) {
            String name = session.getAttachment(SMTPSession.CURRENT_HELO_NAME, State.Connection)
                    .orElse("unknown");
            field.append("from ")
                    .append(word(name))
                    .append(" (")
                    .append(AddressLiteral.of(session.getRemoteAddress().getAddress()))
                    .append(")\r\n\t");
        }
        field.append("by ")
                .append(word(session.getConfiguration().getHelloName()))
                .append(" (Postrider) with ")
                .append(protocol(session))
                .append(" id ")
                .append(word(id));
        cipher(session).ifPresent(text -> field.append("\r\n\t").append(text));
        return field.append(";\r\n\t").append(DATE.format(now)).append("\r\n").toString();
    }

    /** RFC 3848. */
    private static String protocol(SMTPSession session) {
        boolean extended = session.getAttachment(SMTPSession.CURRENT_HELO_MODE, State.Connection)
                .filter("EHLO"::equals)
                .isPresent();
        if (!extended) {
            return "SMTP";
        }
        return "ESMTP" + (session.isTLSStarted() ? "S" : "") + (session.getUsername() != null ? "A" : "");
    }

    private static Optional<String> cipher(SMTPSession session) {
        return session.getSSLSession().map(TraceField::describe);
    }

    private static String describe(SSLSession tls) {
        return "(version=" + word(tls.getProtocol()) + " cipher=" + word(tls.getCipherSuite()) + ")";
    }

    private static String word(String text) {
        StringBuilder clean = new StringBuilder(text);
        clean.setLength(Math.min(clean.length(), 255));
        for (int i = 0; i < clean.length(); i++) {
            if (WORD.indexOf(clean.charAt(i)) < 0) {
                clean.setCharAt(i, '?');
            }
        }
        return clean.isEmpty() ? "unknown" : clean.toString();
    }
}
