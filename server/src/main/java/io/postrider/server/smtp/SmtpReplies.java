package io.postrider.server.smtp;

import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.SmtpReply;
import io.postrider.mail.SmtpSyntaxException;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPResponse;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.HookReturnCode;

/** What a hook answers, with the code and the text that the client sees. */
public final class SmtpReplies {
    private static final int MAX_TEXT = 480;

    private SmtpReplies() {}

    /**
     * The reply with an enhanced code (RFC 2034), if it has none: that of a hook that gave no text of its own, for which James has one without. Not for greetings
     * and the good reply to EHLO.
     */
    public static Response withEnhancedCode(Response reply) {
        String code = reply.getRetCode();
        if (reply.getLines().size() != 1 || !hasEnhancedCodes(code)) {
            return reply;
        }
        String line = reply.getLines().get(0).toString();
        String text = line.substring(code.length()).strip();
        String first = text.substring(0, text.indexOf(' ') < 0 ? text.length() : text.indexOf(' '));
        if (EnhancedStatusCode.startOf(first)
                .filter(enhanced -> enhanced.toString().length() == first.length())
                .isPresent()) {
            return reply;
        }
        SMTPResponse complete = response(code, code.charAt(0) + ".0.0 " + text);
        complete.setEndSession(reply.isEndSession());
        return complete;
    }

    private static boolean hasEnhancedCodes(String code) {
        return code.length() == 3 && (code.charAt(0) == '2' || code.charAt(0) == '4' || code.charAt(0) == '5');
    }

    public static HookResult ok(String code, String text) {
        return reply(HookReturnCode.ok(), code, text);
    }

    /** A permanent refusal (5yz). */
    public static HookResult deny(String code, String text) {
        return reply(HookReturnCode.deny(), code, text);
    }

    /** A temporary refusal (4yz). */
    public static HookResult denySoft(String code, String text) {
        return reply(HookReturnCode.denySoft(), code, text);
    }

    public static HookResult deny(SmtpReply reply) {
        return deny(Integer.toString(reply.code()), reply.text());
    }

    public static HookResult denySoft(SmtpReply reply) {
        return denySoft(Integer.toString(reply.code()), reply.text());
    }

    /** The reply of a command. */
    public static SMTPResponse response(String code, String text) {
        return new SMTPResponse(code, line(text));
    }

    /** The reply to what breaks the grammar. */
    public static SMTPResponse response(SmtpSyntaxException e) {
        return response(Integer.toString(e.reply().code()), e.reply().text());
    }

    private static HookResult reply(HookReturnCode result, String code, String text) {
        return HookResult.builder()
                .hookReturnCode(result)
                .smtpReturnCode(code)
                .smtpDescription(line(text))
                .build();
    }

    /** RFC 5321, section 4.5.3.1.5: a reply line has at most 512 octets. The text may quote what the client sent. */
    private static String line(String text) {
        int length = Math.min(text.length(), MAX_TEXT);
        StringBuilder line = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            line.append(c >= ' ' && c <= '~' ? c : '?');
        }
        return line.toString();
    }
}
