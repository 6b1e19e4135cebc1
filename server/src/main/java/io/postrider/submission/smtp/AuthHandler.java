package io.postrider.submission.smtp;

import io.postrider.mail.XText;
import io.postrider.server.config.Settings;
import io.postrider.server.smtp.PromptHook;
import io.postrider.server.smtp.SmtpReplies;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.inject.Inject;
import org.apache.james.core.Username;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.api.Request;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.handler.CommandHandler;
import org.apache.james.protocols.api.handler.ExtensibleHandler;
import org.apache.james.protocols.api.handler.LineHandler;
import org.apache.james.protocols.smtp.SMTPResponse;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.esmtp.EhloExtension;
import org.apache.james.protocols.smtp.hook.AuthHook;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.HookResultHook;
import org.apache.james.protocols.smtp.hook.HookReturnCode;
import org.apache.james.protocols.smtp.hook.HookReturnCode.Action;
import org.apache.james.protocols.smtp.hook.MailParametersHook;

/**
 * AUTH PLAIN and LOGIN (<a href="https://datatracker.ietf.org/doc/html/rfc4954">RFC 4954</a>, <a href="https://datatracker.ietf.org/doc/html/rfc4616">RFC
 * 4616</a>), refused in clear text before anything is asked for, and only in one's own name. The {@link AuthHook}s decide about the password.
 */
public final class AuthHandler
        implements CommandHandler<SMTPSession>, EhloExtension, ExtensibleHandler, MailParametersHook, PromptHook {
    private static final Set<String> COMMANDS = Set.of("AUTH");
    private static final String PLAIN = "PLAIN";
    private static final String LOGIN = "LOGIN";
    /** RFC 4954, section 4. */
    private static final int MAX_LINE = 12_288;

    private static final String ASK_USERNAME = "VXNlcm5hbWU6";
    private static final String ASK_PASSWORD = "UGFzc3dvcmQ6";

    private final boolean withoutTls;
    private List<AuthHook> hooks = List.of();
    private List<HookResultHook> resultHooks = List.of();

    @Inject
    AuthHandler(Settings settings) {
        this.withoutTls = settings.submission().authWithoutTls();
    }

    @Override
    public Collection<String> getImplCommands() {
        return COMMANDS;
    }

    @Override
    public List<String> getImplementedEsmtpFeatures(SMTPSession session) {
        return isOffered(session) ? List.of("AUTH " + PLAIN + " " + LOGIN) : List.of();
    }

    @Override
    public Response onCommand(SMTPSession session, Request request) {
        if (session.getAttachment(SMTPSession.CURRENT_HELO_MODE, State.Connection)
                .isEmpty()) {
            return SmtpReplies.response("503", "5.5.1 No EHLO yet; send EHLO your.host.name first");
        }
        if (!isOffered(session)) {
            return SmtpReplies.response("538", "5.7.11 Encryption required for AUTH; send STARTTLS first");
        }
        if (session.getUsername() != null) {
            return SmtpReplies.response("503", "5.5.1 Authenticated already; open another connection for another user");
        }
        if (session.getAttachment(SMTPSession.SENDER, State.Transaction).isPresent()) {
            return SmtpReplies.response("503", "5.5.1 AUTH within a mail transaction; send it before MAIL");
        }
        String argument = request.getArgument();
        return argument == null ? usage() : start(session, argument);
    }

    private Response start(SMTPSession session, String argument) {
        String[] words = argument.split(" +", -1);
        if (words.length > 2) {
            return usage();
        }
        Optional<String> initial = words.length == 2 ? Optional.of(words[1]) : Optional.empty();
        return switch (words[0].toUpperCase(Locale.ROOT)) {
            case PLAIN ->
                initial.map(response -> decoding(response, text -> plain(session, text)))
                        .orElseGet(() -> ask(session, "", text -> plain(session, text)));
            case LOGIN ->
                initial.map(response -> decoding(response, text -> askPassword(session, text)))
                        .orElseGet(() -> ask(session, ASK_USERNAME, text -> askPassword(session, text)));
            default -> SmtpReplies.response("504", "5.5.4 Mechanism not known here; use PLAIN or LOGIN");
        };
    }

    private Response askPassword(SMTPSession session, String username) {
        return ask(session, ASK_PASSWORD, password -> decide(session, username, password));
    }

    private Response plain(SMTPSession session, String text) {
        String[] parts = text.split("\0", -1);
        if (parts.length != 3) {
            return SmtpReplies.response(
                    "501", "5.5.2 PLAIN holds no two NUL; send base64 of NUL, user name, NUL, password");
        }
        if (!parts[0].isEmpty() && !parts[0].equalsIgnoreCase(parts[1])) {
            return SmtpReplies.response(
                    "535", "5.7.8 Nobody may act for another user; leave the first part of PLAIN empty");
        }
        return decide(session, parts[1], parts[2]);
    }

    private Response decide(SMTPSession session, String username, String password) {
        if (username.isEmpty() || password.isEmpty()) {
            return SmtpReplies.response("501", "5.5.2 User name or password is empty; send both");
        }
        Username name;
        try {
            name = Username.of(username);
        } catch (IllegalArgumentException e) {
            return invalid();
        }
        for (AuthHook hook : hooks) {
            HookResult result = hook.doAuth(session, name, password);
            for (HookResultHook resultHook : resultHooks) {
                result = resultHook.onHookResult(session, result, 0, hook);
            }
            Optional<Response> decided = response(result);
            if (decided.isPresent()) {
                return decided.get();
            }
        }
        return invalid();
    }

    /** Empty when the next hook is to be asked. */
    private static Optional<Response> response(HookResult result) {
        HookReturnCode outcome = result.getResult();
        if (!Action.ACTIVE_ACTIONS.contains(outcome.getAction()) && !outcome.isDisconnected()) {
            return Optional.empty();
        }
        SMTPResponse standard = switch (outcome.getAction()) {
            case OK -> SmtpReplies.response("235", "2.7.0 Authentication successful");
            case DENY -> invalid();
            case DENYSOFT -> SmtpReplies.response("454", "4.7.0 Not now; try again in a minute");
            case DECLINED, NONE -> SmtpReplies.response("421", "4.7.0 Closing the connection");
        };
        SMTPResponse response = result.getSmtpRetCode() == null || result.getSmtpDescription() == null
                ? standard
                : SmtpReplies.response(result.getSmtpRetCode(), result.getSmtpDescription());
        response.setEndSession(outcome.isDisconnected());
        return Optional.of(response);
    }

    /** Sends a challenge, and takes the next line for its answer. */
    private static Response ask(SMTPSession session, String challenge, Function<String, Response> next) {
        session.pushLineHandler((LineHandler<SMTPSession>) (any, line) -> {
            session.popLineHandler();
            return answer(line, next);
        });
        return new SMTPResponse("334", challenge);
    }

    private static Response answer(byte[] line, Function<String, Response> next) {
        if (line.length > MAX_LINE) {
            return SmtpReplies.response(
                    "500", "5.5.6 An answer to AUTH of " + line.length + " octets; at most " + MAX_LINE + " are taken");
        }
        String text = new String(line, StandardCharsets.ISO_8859_1).replaceFirst("\r?\n$", "");
        return text.equals("*") ? SmtpReplies.response("501", "5.7.0 Authentication cancelled") : decoding(text, next);
    }

    /** A single {@code =} stands for nothing at all, as an initial response. */
    private static Response decoding(String text, Function<String, Response> next) {
        String decoded;
        try {
            byte[] bytes = text.equals("=") ? new byte[0] : Base64.getDecoder().decode(text);
            decoded = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (IllegalArgumentException e) {
            return SmtpReplies.response("501", "5.5.2 No base64; send the answer in base64, or * to cancel");
        } catch (CharacterCodingException e) {
            return SmtpReplies.response(
                    "501", "5.5.2 No UTF-8 behind the base64; send user name and password in UTF-8");
        }
        return next.apply(decoded);
    }

    private boolean isOffered(SMTPSession session) {
        return session.isTLSStarted() || withoutTls;
    }

    private static SMTPResponse invalid() {
        return SmtpReplies.response("535", "5.7.8 Authentication credentials invalid");
    }

    private static Response usage() {
        return SmtpReplies.response("501", "5.5.4 Syntax: AUTH PLAIN [initial-response], or AUTH LOGIN");
    }

    @Override
    public String[] getMailParamNames() {
        return new String[] {"AUTH"};
    }

    /** Who submitted the mail in the first place (RFC 4954, section 5): taken, and not believed. */
    @Override
    public HookResult doMailParameter(SMTPSession session, String name, String value) {
        if (!isOffered(session)) {
            return SmtpReplies.deny("555", "5.5.4 MAIL parameter AUTH is not known here; leave it out");
        }
        try {
            if (value.isEmpty() || !value.equals("<>") && XText.decode(value).isEmpty()) {
                throw new IllegalArgumentException("empty");
            }
            return HookResult.DECLINED;
        } catch (IllegalArgumentException e) {
            return SmtpReplies.deny("501", "5.5.4 AUTH is neither <> nor an address in xtext; send AUTH=<>");
        }
    }

    @Override
    public List<Class<?>> getMarkerInterfaces() {
        return List.of(AuthHook.class, HookResultHook.class);
    }

    @Override
    @SuppressWarnings("unchecked")
    public void wireExtensions(Class<?> type, List<?> wired) {
        if (type.equals(AuthHook.class)) {
            hooks = (List<AuthHook>) wired;
        } else {
            resultHooks = (List<HookResultHook>) wired;
        }
    }
}
