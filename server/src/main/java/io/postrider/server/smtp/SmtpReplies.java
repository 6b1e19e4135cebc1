package io.postrider.server.smtp;

import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.HookReturnCode;

/** What a hook answers, with the code and the text that the client sees. */
public final class SmtpReplies {
    private static final int MAX_TEXT = 480;

    private SmtpReplies() {}

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

    private static HookResult reply(HookReturnCode result, String code, String text) {
        // RFC 5321, section 4.5.3.1.5: a reply line has at most 512 octets. The text may quote what the client sent.
        String line = text.replaceAll("[^ -~]", "?");
        return HookResult.builder()
                .hookReturnCode(result)
                .smtpReturnCode(code)
                .smtpDescription(line.length() > MAX_TEXT ? line.substring(0, MAX_TEXT) : line)
                .build();
    }
}
