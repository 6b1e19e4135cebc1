package io.postrider.submission.smtp;

import io.postrider.server.config.Settings;
import io.postrider.server.config.TrustedNetworks;
import io.postrider.submission.Submitter;
import java.net.InetAddress;
import javax.inject.Inject;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.handler.ConnectHandler;
import org.apache.james.protocols.smtp.SMTPSession;
import org.jspecify.annotations.Nullable;

/** A client of a trusted network speaks for the tenant that the network belongs to, without AUTH. */
public final class TrustedNetworkHook implements ConnectHandler<SMTPSession> {
    private final TrustedNetworks networks;

    @Inject
    TrustedNetworkHook(Settings settings) {
        this.networks = settings.submission().trustedNetworks();
    }

    @Override
    public @Nullable Response onConnect(SMTPSession session) {
        InetAddress client = session.getRemoteAddress().getAddress();
        networks.tenantOf(client)
                .ifPresent(tenant ->
                        SmtpSubmitter.set(session, new Submitter(tenant, "network:" + client.getHostAddress())));
        return null;
    }
}
