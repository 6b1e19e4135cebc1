package io.postrider.mail;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads the addresses of a From, Sender or To field, by
 * <a href="https://datatracker.ietf.org/doc/html/rfc5322#section-3.4">RFC 5322, section 3.4</a>, groups in From by RFC 6854. Strict where two
 * readers could see two different addresses: no source routes, no white space and no comments inside an address, no encoded words there. Lenient only
 * in display names, which may hold dots and UTF-8 without quotes.
 */
public final class MailboxList {
    private static final int MAX_COMMENT_DEPTH = 32;

    private final String text;
    private int at;

    private MailboxList(String text) {
        this.text = text;
    }

    /** The addresses in their order, those of groups among them. Throws {@link IllegalArgumentException} that says what was wrong. */
    public static List<EmailAddress> parse(String text) {
        String decoded = EncodedWords.decode(text);
        for (int i = 0; i < decoded.length(); i++) {
            if (isControl(decoded.charAt(i))) {
                throw new IllegalArgumentException(
                        "address list: holds control characters (expected: none, encoded words included)");
            }
        }
        MailboxList list = new MailboxList(text);
        List<EmailAddress> addresses = new ArrayList<>();
        do {
            list.address(addresses);
        } while (list.takes(','));
        if (list.at < text.length()) {
            throw list.unexpected("',' or the end");
        }
        return List.copyOf(addresses);
    }

    /** address = mailbox / group */
    private void address(List<EmailAddress> addresses) {
        int start = at;
        phrase();
        if (takes('<')) {
            addresses.add(addrSpec());
            expect('>');
            skipBlanks();
        } else if (at > start && takes(':')) {
            group(addresses);
        } else {
            at = start;
            addresses.add(addrSpec());
        }
    }

    private void group(List<EmailAddress> addresses) {
        skipBlanks();
        if (takes(';')) {
            skipBlanks();
            return;
        }
        do {
            int start = at;
            phrase();
            if (takes('<')) {
                addresses.add(addrSpec());
                expect('>');
                skipBlanks();
            } else {
                at = start;
                addresses.add(addrSpec());
            }
        } while (takes(','));
        expect(';');
        skipBlanks();
    }

    private EmailAddress addrSpec() {
        skipBlanks();
        int start = at;
        if (peek() == '"') {
            quotedString();
        } else {
            dotAtom();
        }
        String localPart = text.substring(start, at);
        expect('@');
        int domainStart = at;
        if (peek() == '[') {
            int end = text.indexOf(']', at);
            at = end < 0 ? text.length() : end + 1;
        } else {
            dotAtom();
        }
        String domain = text.substring(domainStart, at);
        skipBlanks();
        if (EncodedWords.isIn(localPart) || localPart.startsWith("=?")) {
            throw new IllegalArgumentException(
                    "local part: '" + localPart + "' (expected: no encoded words in an address, RFC 2047 section 5)");
        }
        return new EmailAddress(localPart, domain);
    }

    /** phrase = 1*word, here also none at all; display names may hold dots (RFC 5322, section 4.1) and UTF-8. */
    private void phrase() {
        while (true) {
            skipBlanks();
            int start = at;
            if (peek() == '"') {
                quotedString();
            } else {
                while (at < text.length() && (isAtextOrDot(text.charAt(at)) || text.charAt(at) > 127)) {
                    at++;
                }
            }
            if (at == start) {
                return;
            }
        }
    }

    private void dotAtom() {
        while (at < text.length() && isAtextOrDot(text.charAt(at))) {
            at++;
        }
    }

    private void quotedString() {
        int start = at++;
        while (at < text.length() && text.charAt(at) != '"') {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= text.length()) {
            at = start;
            throw unexpected("a quoted string that ends");
        }
        at++;
    }

    /** Skips white space and comments, which nest. */
    private void skipBlanks() {
        int depth = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '(') {
                if (++depth > MAX_COMMENT_DEPTH) {
                    throw unexpected("comments of at most " + MAX_COMMENT_DEPTH + " levels");
                }
            } else if (c == ')' && depth > 0) {
                depth--;
            } else if (depth > 0 && c == '\\') {
                at++;
            } else if (depth == 0 && c != ' ' && c != '\t') {
                return;
            }
            at++;
        }
        if (depth > 0) {
            at = text.length();
            throw unexpected("a comment that ends");
        }
    }

    private boolean takes(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    private void expect(char c) {
        if (!takes(c)) {
            throw unexpected("'" + c + "'");
        }
    }

    private int peek() {
        return at < text.length() ? text.charAt(at) : -1;
    }

    private IllegalArgumentException unexpected(String expected) {
        String got = at >= text.length() ? "the end" : "'" + text.charAt(at) + "'";
        return new IllegalArgumentException(
                "address list: " + got + " at position " + (at + 1) + " (expected: " + expected + ")");
    }

    /** What a reader may take for a line end counts too. */
    private static boolean isControl(int c) {
        return Character.isISOControl(c) && c != '\t' || c == '\u2028' || c == '\u2029';
    }

    private static boolean isAtextOrDot(char c) {
        return c == '.' || EmailAddress.isAtext(c);
    }
}
