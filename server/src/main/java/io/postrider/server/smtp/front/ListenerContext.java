package io.postrider.server.smtp.front;

import io.postrider.server.config.SmtpSettings;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.apache.james.protocols.api.handler.ConnectHandler;
import org.apache.james.protocols.api.handler.DisconnectHandler;
import org.apache.james.protocols.api.handler.LineHandler;
import org.apache.james.protocols.api.handler.ProtocolHandlerChain;
import org.apache.james.protocols.smtp.SMTPConfiguration;
import org.apache.james.protocols.smtp.SMTPSession;

/**
 * What the connections of one listener share.
 *
 * @param commands takes each line that nobody else wants
 * @param open connections
 */
record ListenerContext(
        Listener listener,
        FrontResources resources,
        SMTPConfiguration configuration,
        LineHandler<SMTPSession> commands,
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
                List.copyOf(connect),
                List.copyOf(disconnect),
                metrics,
                admission,
                nanoTime,
                ConcurrentHashMap.newKeySet());
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
