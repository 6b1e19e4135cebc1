package io.postrider.delivery.smtp;

import java.util.regex.Pattern;

/** Makes foreign text fit for logs and the trace. */
final class Printable {
    /** Control characters (C1 ones drive terminals too), line separators, and what turns the direction of writing. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}&&[^\t]]");

    private Printable() {}

    /** The text with a question mark for each character that cannot be shown. */
    static String text(String foreign) {
        for (int i = 0; i < foreign.length(); i++) {
            if (foreign.charAt(i) < ' ' || foreign.charAt(i) > '~') {
                return UNPRINTABLE.matcher(foreign).replaceAll("?");
            }
        }
        return foreign; // as a rule
    }
}
