package io.postrider.server;

import com.google.inject.AbstractModule;
import com.google.inject.Scopes;
import com.google.inject.multibindings.Multibinder;
import io.postrider.server.config.Settings;
import io.postrider.server.smtp.front.Capacity;
import io.postrider.server.smtp.front.FrontResources;
import io.postrider.server.smtp.front.PostriderSmtpServerFactory;
import io.postrider.server.smtp.front.ServerCertificate;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.james.core.healthcheck.HealthCheck;
import org.apache.james.smtpserver.netty.SMTPServerFactory;

/** Our transport under James's SMTP servers. Overrides James's own module. */
final class SmtpModule extends AbstractModule implements AutoCloseable {
    private final ServerCertificate certificate;
    private final FrontResources resources;
    private final Capacity capacity;
    private final ScheduledExecutorService certificateWatch;
    private final ScheduledExecutorService diskWatch;
    private final List<ScheduledFuture<?>> watching;

    SmtpModule(Home home, Settings settings, Engine engine, Clock clock) {
        certificate = ServerCertificate.open(home.directory(), settings.smtp().tls(), clock);
        resources = new FrontResources(
                settings, certificate, home.directory().resolve("var").resolve("incoming"), clock);
        capacity = new Capacity(
                () -> engine.recorder().isBehind(),
                List.of(home.directory(), home.queue(), home.database().getParent()),
                settings.smtp().minFreeDisk());
        capacity.look();
        certificateWatch = threadNamed("certificate");
        diskWatch = threadNamed("disk-space"); // of its own, as the disk may hang
        long each = settings.smtp().tls().reloadInterval().toMillis();
        watching = List.of(
                certificateWatch.scheduleWithFixedDelay(certificate::refresh, each, each, TimeUnit.MILLISECONDS),
                diskWatch.scheduleWithFixedDelay(capacity::look, 1, 1, TimeUnit.SECONDS));
    }

    private static ScheduledExecutorService threadNamed(String name) {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    protected void configure() {
        bind(FrontResources.class).toInstance(resources);
        bind(Capacity.class).toInstance(capacity);
        bind(SMTPServerFactory.class).to(PostriderSmtpServerFactory.class).in(Scopes.SINGLETON);
        Multibinder<HealthCheck> checks = Multibinder.newSetBinder(binder(), HealthCheck.class);
        checks.addBinding().toInstance(NodeHealthCheck.of("SMTP certificate", certificate::problem));
        checks.addBinding().toInstance(NodeHealthCheck.of("SMTP intake", capacity::shortage));
    }

    @Override
    public void close() {
        watching.forEach(watch -> watch.cancel(false));
        certificateWatch.shutdown();
        diskWatch.shutdown();
    }
}
