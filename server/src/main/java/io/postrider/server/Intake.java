package io.postrider.server;

import com.google.inject.AbstractModule;
import io.postrider.queue.BrokerMailQueueFactory;
import io.postrider.server.pipeline.HeldMailRepository;
import io.postrider.server.pipeline.Spooler;
import io.postrider.server.smtp.front.Listener;
import io.postrider.server.smtp.front.PostriderSmtpServer;
import io.postrider.server.smtp.front.PostriderSmtpServerFactory;
import java.util.Optional;
import javax.inject.Inject;
import javax.inject.Provider;
import org.apache.james.mailetcontainer.api.MailProcessor;
import org.apache.james.mailrepository.api.MailRepositoryStore;
import org.apache.james.mailrepository.api.MailRepositoryStore.MailRepositoryStoreException;
import org.apache.james.queue.api.MailQueueFactory;
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
        spooler = Optional.of(new Spooler(parts.queues.get(), MailQueueFactory.SPOOL, parts.pipeline.get(), threads));
    }

    /** The port that apps submit to, with STARTTLS. */
    int submissionPort() {
        return port(Listener.SUBMISSION);
    }

    /** The port that apps submit to, with TLS from the start; 0 when there is none. */
    int submissionTlsPort() {
        return server(Listener.SUBMISSION_TLS).map(PostriderSmtpServer::getPort).orElse(0);
    }

    int inboundPort() {
        return port(Listener.INBOUND);
    }

    private int port(Listener listener) {
        return server(listener)
                .map(PostriderSmtpServer::getPort)
                .orElseThrow(() -> new IllegalStateException("smtpserver.xml has no server for " + listener));
    }

    private Optional<PostriderSmtpServer> server(Listener listener) {
        return ((PostriderSmtpServerFactory) parts.smtp.get())
                .running()
                .filter(server -> server.listener() == listener)
                .findFirst();
    }

    void stop() {
        parts.smtp.get().destroy();
        parts.queues.get().stopTaking();
        spooler.ifPresent(Spooler::close);
    }
}
