package io.postrider.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.MetricRegistry;
import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Injector;
import io.postrider.admin.webadmin.AdminToken;
import io.postrider.bridge.AcceptedMail;
import io.postrider.bridge.Addresses;
import io.postrider.bridge.MailCodec;
import io.postrider.bridge.Messages;
import io.postrider.dispatch.mailet.Deliver;
import io.postrider.dispatch.mailet.KeepForRetry;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.queue.BrokerMailQueueFactory;
import io.postrider.returnpath.ReturnPaths;
import io.postrider.route.mailet.Route;
import io.postrider.security.PasswordHasher;
import io.postrider.security.SecretBox;
import io.postrider.security.bouncycastle.Argon2PasswordHasher;
import io.postrider.server.config.Settings;
import io.postrider.server.config.SettingsReader;
import io.postrider.server.pipeline.Spooler;
import io.postrider.store.sql.SqlStore;
import io.postrider.testkit.AesSecretBox;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.MessageTrace;
import io.postrider.trace.MessageTrace.DeliveryTrace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import javax.mail.MessagingException;
import org.apache.commons.configuration2.BaseHierarchicalConfiguration;
import org.apache.james.mailetcontainer.api.MailProcessor;
import org.apache.james.mailetcontainer.impl.MailetConfigImpl;
import org.apache.james.metrics.api.NoopGaugeRegistry;
import org.apache.james.metrics.dropwizard.DropWizardMetricFactory;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.james.queue.api.RawMailQueueItemDecoratorFactory;
import org.apache.james.server.core.MailImpl;
import org.apache.mailet.Mail;
import org.apache.mailet.Mailet;

/** Our engine over a home of its own: broker, store, dispatcher, delivery and simulator, with a pipeline that the test brings. James's servers are not there. */
final class EngineRig implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final EmailAddress SENDER = EmailAddress.parse("hello@" + FirstRun.SENDER_DOMAIN);

    private static final byte[] KEY = new byte[32];
    private static final String MESSAGE = "From: hello@postrider.example\r\nSubject: hello\r\n\r\ncaf\u00e9\r\n.\r\n";

    private final RandomGenerator random = new Random();
    private final Path directory;
    private final Map<String, String> environment;
    private final Clock clock = Clock.systemUTC();

    private Home home;
    private SqlStore store;
    private Engine engine;
    private Injector injector;
    private BrokerMailQueueFactory queues;
    private Optional<Spooler> spooler = Optional.empty();

    EngineRig(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment = environment;
        open();
    }

    private void open() {
        home = Home.open(directory);
        home.addMissingConfiguration();
        Settings settings = SettingsReader.read(home.conf(), environment);
        SecretBox secrets = new AesSecretBox(KEY);
        PasswordHasher hasher = new Argon2PasswordHasher();
        store = SqlStore.open(home.database(), secrets);
        new FirstRun(home, store, hasher, clock).make();
        CachedRouting routing = new CachedRouting(store.relays(), store.egressPools(), store.routes());
        engine = new Engine(home, settings, store, routing, clock);
        ReturnPaths returnPaths = new ReturnPaths(KEY, clock, Duration.ofDays(1));
        AdminToken token = new AdminToken("0123456789abcdef0123456789abcdef");
        injector = Guice.createInjector(
                new NodeModule(settings, store, routing, engine, hasher, token, returnPaths, Optional.empty()),
                new AbstractModule() {
                    @Override
                    protected void configure() {
                        bind(Clock.class).toInstance(clock);
                    }
                });
        queues = engine.queues(
                new RawMailQueueItemDecoratorFactory(),
                new DropWizardMetricFactory(new MetricRegistry()),
                new NoopGaugeRegistry());
        queue();
    }

    /** Starts to take mail out of the queue. */
    EngineRig start(MailProcessor pipeline) {
        spooler = Optional.of(new Spooler(queues, MailQueueFactory.SPOOL, pipeline, 4));
        return this;
    }

    EngineRig start() {
        return start(delivering());
    }

    /** What {@code dispatch} does, less return path and signature. */
    MailProcessor delivering() {
        List<Mailet> steps = List.of(step(KeepForRetry.class), step(Route.class), step(Deliver.class));
        return mail -> {
            for (Mailet step : steps) {
                step.service(mail);
            }
        };
    }

    private Mailet step(Class<? extends Mailet> type) {
        Mailet mailet = injector.getInstance(type);
        MailetConfigImpl configuration = new MailetConfigImpl();
        configuration.setMailetName(type.getName());
        configuration.setConfiguration(new BaseHierarchicalConfiguration());
        try {
            mailet.init(configuration);
        } catch (MessagingException e) {
            throw new IllegalStateException(e);
        }
        return mailet;
    }

    Injector injector() {
        return injector;
    }

    Engine engine() {
        return engine;
    }

    SqlStore store() {
        return store;
    }

    BrokerMailQueueFactory queues() {
        return queues;
    }

    ManageableMailQueue queue() {
        return queues.createQueue(MailQueueFactory.SPOOL);
    }

    /** Puts a message into the queue, as submission does. */
    MessageId accept(String... recipients) throws Exception {
        AcceptedMessage accepted = enqueue(recipients);
        engine.recorder().submit(List.of(new Change.Accepted(accepted)), () -> {});
        return accepted.id();
    }

    /** Puts a message into the queue, and dies before that is recorded. */
    AcceptedMessage enqueue(String... recipients) throws Exception {
        Instant now = clock.instant();
        AcceptedMessage accepted = accepted(MessageId.at(now, random), now, recipients);
        queue().enQueue(mail(accepted, recipients));
        return accepted;
    }

    private static AcceptedMessage accepted(MessageId id, Instant now, String... recipients) {
        return new AcceptedMessage(
                id,
                "default",
                "transactional",
                "default",
                Optional.of(SENDER),
                "hello",
                MESSAGE.length(),
                now,
                Arrays.stream(recipients).map(EmailAddress::parse).toList());
    }

    private static MailImpl mail(AcceptedMessage accepted, String... recipients) throws MessagingException {
        MailImpl mail = MailImpl.builder()
                .name("not named yet")
                .sender(SENDER.toString())
                .addRecipients(recipients)
                .build();
        Messages.replace(mail, content());
        AcceptedMail.stamp(mail, accepted);
        return mail;
    }

    /** A mail as the queue keeps it. */
    byte[] serialised(MessageId id, String... recipients) throws MessagingException {
        return MailCodec.encode(mail(accepted(id, clock.instant(), recipients), recipients));
    }

    static byte[] content() {
        return MESSAGE.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Stops and starts on the same home, with nobody to take mail out of the queue. */
    EngineRig restart() {
        close();
        open();
        return this;
    }

    MessageTrace trace(MessageId id) {
        return store.messageLog().find(id).orElseThrow(() -> new AssertionError("no trace of " + id));
    }

    DeliveryTrace delivery(MessageId id, String recipient) {
        return trace(id).deliveries().stream()
                .filter(delivery -> delivery.row().recipient().equals(EmailAddress.parse(recipient)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no delivery of " + id + " to " + recipient));
    }

    void awaitState(MessageId id, String recipient, DeliveryState state) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            DeliveryTrace delivery = delivery(id, recipient);
            assertThat(delivery.row().state()).as(delivery.explanation()).isEqualTo(state);
        });
    }

    /** Waits until nothing is in the queue that was taken or could be. */
    void awaitEmptyQueue() {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(queue().getSize()).isZero());
    }

    /** Those whom the simulator has taken mail for since it was started. */
    List<String> served() {
        List<String> served = new ArrayList<>();
        engine.simulator()
                .list(Optional.empty(), 1000)
                .forEach(message -> message.recipients().forEach(recipient -> served.add(recipient.toString())));
        return served;
    }

    static String addressed(Mail mail) {
        return Addresses.of(mail.getRecipients()).toString();
    }

    @Override
    public void close() {
        queues.stopTaking();
        spooler.ifPresent(Spooler::close);
        spooler = Optional.empty();
        queues.close();
        engine.close();
        store.close();
        home.close();
    }
}
