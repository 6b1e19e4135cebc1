package io.postrider.mail;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The argument of MAIL and RCPT, such as {@code FROM:<bob@example.com> SIZE=1000}: a path and the parameters of the extensions
 * (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.1.2">RFC 5321, sections 4.1.1.2 and 4.1.2</a>).
 *
 * @param parameters by name in upper case, in their order; the value of one without a value is empty
 */
public record SmtpPathArgument(SmtpPath path, Map<String, String> parameters) {
    /** Which of the two commands, and so which replies fit. */
    public enum Command {
        MAIL("FROM", "5.1.7", "sender"),
        RCPT("TO", "5.1.3", "recipient");

        private final String keyword;
        private final String addressStatus;
        private final String whose;

        Command(String keyword, String addressStatus, String whose) {
            this.keyword = keyword;
            this.addressStatus = addressStatus;
            this.whose = whose;
        }
    }

    public SmtpPathArgument {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    /** Reads the argument; blanks behind the colon are let pass, as old clients write them. Throws {@link SmtpSyntaxException} with the reply. */
    public static SmtpPathArgument parse(Command command, String argument) {
        return new Parser(command, argument).parse();
    }

    private static final class Parser {
        private static final int MAX_LOCAL_PART = 64;
        private static final int MAX_DOMAIN = 255;
        /** Two less than the 256 octets of a path with its brackets (RFC 5321, section 4.5.3.1.3). */
        private static final int MAX_ADDRESS = 254;

        private final Command command;
        private final String text;
        private int at;

        Parser(Command command, String text) {
            this.command = command;
            this.text = text;
        }

        SmtpPathArgument parse() {
            if (text.chars().anyMatch(c -> c < 32 || c == 127)) {
                throw new SmtpSyntaxException(501, "5.5.2 Control characters in " + command + "; send none");
            }
            String prefix = command.keyword + ":";
            if (!text.regionMatches(true, 0, prefix, 0, prefix.length())) {
                throw usage();
            }
            at = prefix.length();
            skipBlanks();
            if (!takes('<')) {
                throw new SmtpSyntaxException(501, "5.5.4 No angle bracket behind " + prefix + " " + send("<address>"));
            }
            SmtpPath path = path();
            if (at < text.length() && peek() != ' ') {
                throw new SmtpSyntaxException(
                        501, "5.5.4 Something follows the '>' of the path; send one address, a blank, then parameters");
            }
            return new SmtpPathArgument(path, parameters());
        }

        private SmtpPath path() {
            if (takes('>')) {
                return new SmtpPath.Null();
            }
            boolean sourceRouted = sourceRoute();
            String localPart = peek() == '"' ? quotedLocalPart() : localPart();
            if (takes('>')) {
                if (command == Command.RCPT && !sourceRouted && localPart.equalsIgnoreCase("postmaster")) {
                    return new SmtpPath.Postmaster();
                }
                throw address("no domain; " + send("<local-part@domain>"));
            }
            if (!takes('@')) {
                throw address("character " + describe() + " in the local part; quote it or leave it out");
            }
            String domain = domain();
            if (!takes('>')) {
                throw address("character " + describe() + " in the domain; " + send("<local-part@domain>"));
            }
            return new SmtpPath.Mailbox(mailbox(localPart, domain), sourceRouted);
        }

        /** A-d-l = At-domain *( "," At-domain ), then a colon. */
        private boolean sourceRoute() {
            if (peek() != '@') {
                return false;
            }
            do {
                if (!takes('@')) {
                    throw address("a source route that cannot be read; " + send("<local-part@domain> alone"));
                }
                checkedDomain(domain());
            } while (takes(','));
            if (!takes(':')) {
                throw address("a source route without an address; " + send("<local-part@domain> alone"));
            }
            return true;
        }

        private String localPart() {
            int start = at;
            skipDotAtom();
            return text.substring(start, at);
        }

        private void skipDotAtom() {
            while (EmailAddress.isAtext(peek()) || peek() == '.' || peek() > 127) {
                at++;
            }
        }

        /** The shortest form that means the same: quotes only where they are needed (RFC 5321, section 4.1.2). */
        private String quotedLocalPart() {
            StringBuilder content = new StringBuilder();
            for (at++; peek() != '"'; at++) {
                if (peek() == '\\') {
                    at++;
                }
                if (at >= text.length()) {
                    throw address("a quoted local part without its end; close the quotes");
                }
                content.append((char) peek());
            }
            at++;
            String plain = content.toString();
            return EmailAddress.isDotString(plain) ? plain : '"' + plain.replaceAll("([\\\\\"])", "\\\\$1") + '"';
        }

        private String domain() {
            int start = at;
            if (peek() == '[') {
                int end = text.indexOf(']', at);
                at = end < 0 ? text.length() : end + 1;
            } else {
                skipDotAtom();
            }
            return text.substring(start, at);
        }

        private EmailAddress mailbox(String localPart, String domain) {
            if (!DomainName.isAscii(localPart)) {
                throw new SmtpSyntaxException(
                        553,
                        "5.6.7 The local part of the " + command.whose
                                + " is not ASCII, and no route of this service carries SMTPUTF8; use an ASCII address");
            }
            limit("local part", localPart.length(), MAX_LOCAL_PART);
            String ascii = checkedDomain(domain);
            limit("address", localPart.length() + 1 + ascii.length(), MAX_ADDRESS);
            try {
                return new EmailAddress(localPart, ascii);
            } catch (IllegalArgumentException e) {
                throw address(e.getMessage());
            }
        }

        private String checkedDomain(String domain) {
            limit("domain", domain.length(), MAX_DOMAIN);
            String ascii;
            try {
                ascii = DomainName.toALabels(domain);
            } catch (IllegalArgumentException e) {
                throw address(e.getMessage());
            }
            limit("domain", ascii.length(), MAX_DOMAIN);
            if (!EmailAddress.isDomain(ascii)) {
                throw address(
                        "domain '" + shown(domain) + "'; send a host name or an address literal such as [192.0.2.1]");
            }
            return ascii;
        }

        private Map<String, String> parameters() {
            Map<String, String> parameters = new LinkedHashMap<>();
            for (skipBlanks(); at < text.length(); skipBlanks()) {
                int end = text.indexOf(' ', at);
                String parameter = text.substring(at, end < 0 ? text.length() : end);
                at += parameter.length();
                int equals = parameter.indexOf('=');
                String name = (equals < 0 ? parameter : parameter.substring(0, equals)).toUpperCase(Locale.ROOT);
                String value = equals < 0 ? "" : parameter.substring(equals + 1);
                if (!isKeyword(name) || equals >= 0 && value.isEmpty() || !isValue(value)) {
                    throw new SmtpSyntaxException(
                            501, "5.5.4 Parameter '" + shown(parameter) + "' cannot be read; send NAME or NAME=value");
                }
                if (parameters.putIfAbsent(name, value) != null) {
                    throw new SmtpSyntaxException(
                            501, "5.5.4 Parameter " + shown(name) + " stands twice; send it once");
                }
            }
            return parameters;
        }

        private static boolean isKeyword(String name) {
            return !name.isEmpty()
                    && name.charAt(0) != '-'
                    && name.chars().allMatch(c -> c == '-' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z');
        }

        private static boolean isValue(String value) {
            return value.chars().allMatch(c -> c > 32 && c < 127 && c != '=');
        }

        private void skipBlanks() {
            while (peek() == ' ') {
                at++;
            }
        }

        private boolean takes(char c) {
            if (peek() != c) {
                return false;
            }
            at++;
            return true;
        }

        private int peek() {
            return at < text.length() ? text.charAt(at) : -1;
        }

        private String describe() {
            return at < text.length() ? "'" + shown(text.substring(at, at + 1)) + "'" : "missing";
        }

        private void limit(String what, int length, int most) {
            if (length > most) {
                throw new SmtpSyntaxException(
                        501,
                        command.addressStatus + " The " + what + " of the " + command.whose + " has " + length
                                + " octets; at most " + most + " are allowed");
            }
        }

        private SmtpSyntaxException usage() {
            return new SmtpSyntaxException(
                    501, "5.5.4 Syntax: " + command + " " + command.keyword + ":<local-part@domain> [parameters]");
        }

        private SmtpSyntaxException address(String fault) {
            return new SmtpSyntaxException(
                    553,
                    command.addressStatus + " The address of the " + command.whose + " cannot be used: "
                            + shown(fault));
        }

        private String send(String what) {
            return "send " + command.keyword + ":" + what;
        }

        private static String shown(String text) {
            String cut = text.length() > 200 ? text.substring(0, 200) + "..." : text;
            return cut.replaceAll("[^ -~]", "?");
        }
    }
}
