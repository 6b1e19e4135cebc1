package io.postrider.server;

import com.google.inject.AbstractModule;
import io.postrider.queue.BrokerMailQueueFactory;
import io.postrider.server.pipeline.HeldMailRepository;
import io.postrider.server.pipeline.Spooler;
import java.util.Optional;
import javax.inject.Inject;
import javax.inject.Provider;
import org.apache.james.mailetcontainer.api.MailProcessor;
import org.apache.james.mailrepository.api.MailRepositoryStore;
import org.apache.james.mailrepository.api.MailRepositoryStore.MailRepositoryStoreException;
import org.apache.james.protocols.lib.netty.AbstractConfigurableAsyncServer;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.smtpserver.netty.SMTPServer;
import org.apache.james.smtpserver.netty.SMTPServer.AuthenticationAnnounceMode;
import org.apache.james.smtpserver.netty.SMTPServerFactory;
import org.jspecify.annotations.Nullable;

/** Starts the spooler behind the pipeline and stops, first of all at the end, what takes mail in. */
final class Intake extends AbstractModule {
    private static final class Parts {
        @Inject
        @Nullable
        Provider<BrokerMailQueueFactory> queues;

        @Inject
        @Nullable
        Provider<MailProcessor> pipeline;

        @Inject
        @Nullable
        Provider<SMTPServerFactory> smtp;

        @Inject
        @Nullable
        Provider<MailRepositoryStore> repositories;
    }

    private final Parts parts = new Parts();
    private Optional<Spooler> spooler = Optional.empty();

    @Override
    protected void configure() {
        requestInjection(parts);
    }

    /** To be called when the pipeline is set up. */
    void start(int threads) throws MailRepositoryStoreException {
        // To be seen before the first mail is held.
        parts.repositories.get().select(HeldMailRepository.URL);
        spooler = Optional.of(
                new Spooler(parts.queues.get().createQueue(MailQueueFactory.SPOOL), parts.pipeline.get(), threads));
    }

    /** The port that apps submit to: the one that has AUTH. */
    int submissionPort() {
        return port(true);
    }

    int inboundPort() {
        return port(false);
    }

    private int port(boolean withAuth) {
        return parts.smtp.get().getServers().stream()
                .map(SMTPServer.class::cast)
                .filter(server -> withAuth == (server.getAuthRequired() != AuthenticationAnnounceMode.NEVER))
                .findFirst()
                .map(AbstractConfigurableAsyncServer::getPort)
                .orElseThrow(() -> new IllegalStateException(
                        "smtpserver.xml has no server " + (withAuth ? "with" : "without") + " AUTH"));
    }

    void stop() {
        parts.smtp.get().destroy();
        parts.queues.get().stopTaking();
        spooler.ifPresent(Spooler::close);
    }
}
