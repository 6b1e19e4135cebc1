package io.postrider.testkit.smtp;

import java.util.Locale;

/** Where in a session a script can say what the peer does. */
public enum Stage {
    /** The connection has come about. */
    BANNER,
    EHLO,
    HELO,
    STARTTLS,
    AUTH,
    MAIL,
    RCPT,
    DATA,
    /** 354 has been answered; no byte of the message has been read. */
    IN_DATA,
    /** The end of data has been read. */
    DOT,
    RSET,
    NOOP,
    QUIT,
    /** Any other command. */
    OTHER;

    static Stage of(String line) {
        String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
        for (Stage stage : values()) {
            if (stage.name().equals(verb) && stage != BANNER && stage != IN_DATA && stage != DOT) {
                return stage;
            }
        }
        return OTHER;
    }
}
