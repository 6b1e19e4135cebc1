package io.postrider.server.smtp.front;

import io.postrider.server.config.SmtpSettings;
import io.postrider.server.smtp.PromptHook;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.james.protocols.api.handler.CommandHandlerResultLogger;
import org.apache.james.protocols.api.handler.ConnectHandler;
import org.apache.james.protocols.api.handler.DisconnectHandler;
import org.apache.james.protocols.api.handler.LineHandler;
import org.apache.james.protocols.api.handler.ProtocolHandlerChain;
import org.apache.james.protocols.api.handler.ProtocolHandlerResultHandler;
import org.apache.james.protocols.smtp.SMTPConfiguration;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.log.HookResultLogger;
import org.apache.james.protocols.smtp.hook.HookResultHook;
import org.apache.james.protocols.smtp.hook.MailHook;
import org.apache.james.protocols.smtp.hook.MailParametersHook;
import org.apache.james.protocols.smtp.hook.RcptHook;

/**
 * What the connections of one listener share.
 *
 * @param commands takes each line that nobody else wants
 * @param promptCommands the commands that can do without waiting, and who is to be asked whether they do now
 * @param open connections
 */
record ListenerContext(
        Listener listener,
        FrontResources resources,
        SMTPConfiguration configuration,
        LineHandler<SMTPSession> commands,
        Map<String, List<PromptHook>> promptCommands,
        List<ConnectHandler<SMTPSession>> connectHandlers,
        List<DisconnectHandler<SMTPSession>> disconnectHandlers,
        FrontMetrics metrics,
        Admission admission,
        LongSupplier nanoTime,
        Set<SmtpConnection> open) {

    @SuppressWarnings({"unchecked", "rawtypes"}) // James's chain has raw types
    static ListenerContext of(
            Listener listener,
            FrontResources resources,
            SMTPConfiguration configuration,
            ProtocolHandlerChain chain,
            FrontMetrics metrics,
            LongSupplier nanoTime) {
        LineHandler<SMTPSession> commands = chain.getFirstHandler(LineHandler.class)
                .map(handler -> (LineHandler<SMTPSession>) handler)
                .orElseThrow(() -> new IllegalStateException("no handler for commands among those of " + listener));
        List connect = chain.getHandlers(ConnectHandler.class);
        List disconnect = chain.getHandlers(DisconnectHandler.class);
        Admission admission = new Admission(
                listener.limits(resources.settings()),
                address -> listener.isForAuthenticated()
                        && resources
                                .settings()
                                .submission()
                                .trustedNetworks()
                                .tenantOf(address)
                                .isPresent(),
                nanoTime);
        return new ListenerContext(
                listener,
                resources,
                configuration,
                commands,
                promptCommandsOf(chain),
                List.copyOf(connect),
                List.copyOf(disconnect),
                metrics,
                admission,
                nanoTime,
                ConcurrentHashMap.newKeySet());
    }

    private static Map<String, List<PromptHook>> promptCommandsOf(ProtocolHandlerChain chain) {
        boolean onlyLogged =
                chain.getHandlers(HookResultHook.class).stream().allMatch(HookResultLogger.class::isInstance)
                        && chain.getHandlers(ProtocolHandlerResultHandler.class).stream()
                                .allMatch(CommandHandlerResultLogger.class::isInstance);
        Map<String, List<PromptHook>> prompt = new HashMap<>();
        if (onlyLogged) {
            promptHooks(chain, MailHook.class, MailParametersHook.class).ifPresent(hooks -> prompt.put("MAIL", hooks));
            promptHooks(chain, RcptHook.class).ifPresent(hooks -> prompt.put("RCPT", hooks));
            prompt.put("DATA", List.of());
        }
        return Map.copyOf(prompt);
    }

    /** The hooks of these kinds; nothing when there is one that may always wait. */
    private static Optional<List<PromptHook>> promptHooks(ProtocolHandlerChain chain, Class<?>... kinds) {
        List<Object> hooks = new ArrayList<>();
        for (Class<?> kind : kinds) {
            hooks.addAll(chain.getHandlers(kind));
        }
        return hooks.stream().allMatch(PromptHook.class::isInstance)
                ? Optional.of(hooks.stream().map(PromptHook.class::cast).toList())
                : Optional.empty();
    }

    SmtpSettings settings() {
        return resources.settings().smtp();
    }

    SmtpSettings.Listener limits() {
        return listener.limits(resources.settings());
    }

    /** Octets. */
    long maxMessageSize() {
        return configuration.getMaxMessageSize() > 0 ? configuration.getMaxMessageSize() : Long.MAX_VALUE;
    }
}
