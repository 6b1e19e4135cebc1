package io.postrider.server.smtp.command;

import io.postrider.server.smtp.SmtpReplies;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.apache.james.protocols.api.BaseRequest;
import org.apache.james.protocols.api.Request;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.handler.CommandDispatcher;
import org.apache.james.protocols.smtp.SMTPSession;
import org.jspecify.annotations.Nullable;

/**
 * Takes a line apart into command and argument. James reads ASCII, and makes one unknown character of each other byte, so that no U-label could be told from
 * another; and it trims control characters, so that no handler sees them.
 */
public final class LineDispatcher extends CommandDispatcher<SMTPSession> {
    private static final Set<String> GREETINGS = Set.of("EHLO", "HELO");

    @Override
    @SuppressWarnings("NullAway") // James has null for no argument
    protected Request parseRequest(SMTPSession session, byte[] line) {
        String text = withoutLineEnd(new String(line, StandardCharsets.UTF_8));
        int end = text.length();
        while (end > 0 && isBlank(text.charAt(end - 1))) {
            end--;
        }
        int blank = 0;
        while (blank < end && !isBlank(text.charAt(blank))) {
            blank++;
        }
        int argument = blank;
        while (argument < end && isBlank(text.charAt(argument))) {
            argument++;
        }
        return new BaseRequest(
                text.substring(0, blank).toUpperCase(Locale.ROOT),
                argument < end ? text.substring(argument, end) : null);
    }

    @Override
    protected @Nullable Response dispatchCommandHandlers(SMTPSession session, Request request) {
        Response reply = super.dispatchCommandHandlers(session, request);
        return reply == null || isGreeted(request, reply) ? reply : SmtpReplies.withEnhancedCode(reply);
    }

    private static boolean isGreeted(Request request, Response reply) {
        return GREETINGS.contains(request.getCommand()) && reply.getRetCode().startsWith("2");
    }

    private static String withoutLineEnd(String text) {
        if (text.endsWith("\r\n")) {
            return text.substring(0, text.length() - 2);
        }
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
