package io.postrider.dkim;

/** Builds a field whose lines have at most 78 characters (<a href="https://datatracker.ietf.org/doc/html/rfc5322#section-2.1.1">RFC 5322, section 2.1.1</a>). */
final class FoldedField {
    private static final int MAX_COLUMNS = 78;
    private static final String FOLD = "\r\n ";

    private final StringBuilder text;
    private int column;

    FoldedField(String name) {
        text = new StringBuilder(name).append(':');
        column = text.length();
    }

    /** Adds a word behind a blank, on the next line when it does not fit. */
    FoldedField word(String word) {
        if (column + 1 + word.length() > MAX_COLUMNS) {
            fold();
        } else {
            text.append(' ');
            column++;
        }
        return append(word);
    }

    /** Adds text without a blank, on the next line when it does not fit: for places where white space means nothing. */
    FoldedField glued(String part) {
        if (column + part.length() > MAX_COLUMNS) {
            fold();
        }
        return append(part);
    }

    /** Adds text that may be cut anywhere. */
    FoldedField cut(String longText) {
        int from = 0;
        while (from < longText.length()) {
            if (column >= MAX_COLUMNS) {
                fold();
            }
            int to = Math.min(longText.length(), from + MAX_COLUMNS - column);
            append(longText.substring(from, to));
            from = to;
        }
        return this;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    private void fold() {
        text.append(FOLD);
        column = 1;
    }

    private FoldedField append(String part) {
        text.append(part);
        column += part.length();
        return this;
    }
}
