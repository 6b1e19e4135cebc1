package io.postrider.server.smtp.command;

import io.postrider.server.smtp.AddressLiteral;
import io.postrider.server.smtp.SmtpReplies;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.api.ProtocolSession.State;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.smtp.SMTPResponse;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.AbstractHookableCmdHandler;
import org.apache.james.protocols.smtp.core.esmtp.EhloExtension;
import org.apache.james.protocols.smtp.hook.HeloHook;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.jspecify.annotations.Nullable;

/**
 * EHLO and HELO (<a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.1.1.1">RFC 5321, section 4.1.1.1</a>). The name is only looked at: it may be
 * bare or hold underscores, as clients have it, but nothing that could pass for more than a name where it is written later, in Received and in logs.
 */
public final class HelloHandler extends AbstractHookableCmdHandler<HeloHook> {
    private static final String EXTENDED = "EHLO";
    private static final Set<String> COMMANDS = Set.of(EXTENDED, "HELO");
    private static final List<String> EXTENSIONS = List.of("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME");
    private static final String NOT_IN_A_NAME = "()<>;,\\\"";
    private static final int MAX_NAME = 255;

    private List<EhloExtension> extensions = List.of();

    @Inject
    HelloHandler(MetricFactory metrics) {
        super(metrics);
    }

    @Override
    public Collection<String> getImplCommands() {
        return COMMANDS;
    }

    @Override
    protected @Nullable Response doFilterChecks(SMTPSession session, String command, @Nullable String name) {
        if (name == null) {
            return SmtpReplies.response(
                    "501", "5.5.4 " + command + " without a name; send " + command + " your.host.name");
        }
        if (!isName(name)) {
            return SmtpReplies.response(
                    "501",
                    "5.5.2 The name in " + command
                            + " has blanks, control characters or others that no host name has; send your host name or"
                            + " an address literal such as [192.0.2.1]");
        }
        session.resetState();
        session.setAttachment(SMTPSession.CURRENT_HELO_NAME, name, State.Connection);
        return null;
    }

    @Override
    protected Response doCoreCmd(SMTPSession session, String command, String name) {
        session.setAttachment(SMTPSession.CURRENT_HELO_MODE, command, State.Connection);
        SMTPResponse response = SmtpReplies.response(
                "250",
                session.getConfiguration().getHelloName() + " Hello " + name + " "
                        + AddressLiteral.of(session.getRemoteAddress().getAddress()));
        if (command.equals(EXTENDED)) {
            announced(session).forEach(response::appendLine);
        }
        return response;
    }

    private Set<String> announced(SMTPSession session) {
        Stream<String> ofHooks = getHooks().stream().flatMap(hook -> hook.implementedEsmtpFeatures(session).stream());
        Stream<String> ofExtensions = extensions.stream().flatMap(extension -> {
            List<String> lines = extension.getImplementedEsmtpFeatures(session);
            return lines == null ? Stream.empty() : lines.stream();
        });
        Set<String> announced = new LinkedHashSet<>(EXTENSIONS);
        Stream.concat(ofHooks, ofExtensions).forEach(announced::add);
        return announced;
    }

    private static boolean isName(String name) {
        return name.length() <= MAX_NAME
                && name.chars().allMatch(c -> c > 32 && c < 127 && NOT_IN_A_NAME.indexOf(c) < 0);
    }

    @Override
    protected Class<HeloHook> getHookInterface() {
        return HeloHook.class;
    }

    @Override
    protected HookResult callHook(HeloHook hook, SMTPSession session, String name) {
        return hook.doHelo(session, name);
    }

    @Override
    public List<Class<?>> getMarkerInterfaces() {
        List<Class<?>> interfaces = super.getMarkerInterfaces();
        interfaces.add(EhloExtension.class);
        return interfaces;
    }

    @Override
    @SuppressWarnings("unchecked")
    public void wireExtensions(Class<?> type, List<?> wired) {
        if (type.equals(EhloExtension.class)) {
            extensions = (List<EhloExtension>) wired;
        } else {
            super.wireExtensions(type, wired);
        }
    }
}
