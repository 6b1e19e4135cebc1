package io.postrider.server;

import com.google.common.net.InetAddresses;
import com.google.inject.Module;
import com.google.inject.util.Modules;
import io.postrider.admin.webadmin.AdminToken;
import io.postrider.admin.webadmin.BearerTokenFilter;
import io.postrider.returnpath.ReturnPaths;
import io.postrider.security.PasswordHasher;
import io.postrider.security.SecretBox;
import io.postrider.security.bouncycastle.Argon2PasswordHasher;
import io.postrider.security.bouncycastle.SelfSignedCertificate;
import io.postrider.security.corretto.CorrettoCrypto;
import io.postrider.security.file.RandomToken;
import io.postrider.security.file.SecretFiles;
import io.postrider.security.tink.TinkSecretBox;
import io.postrider.server.config.Ports;
import io.postrider.server.config.Secret;
import io.postrider.server.config.Settings;
import io.postrider.server.config.SettingsException;
import io.postrider.server.config.SettingsReader;
import io.postrider.server.pipeline.PipelineModule;
import io.postrider.store.sql.SqlStore;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.james.GuiceJamesServer;
import org.apache.james.dnsservice.api.DNSService;
import org.apache.james.modules.RunArgumentsModule;
import org.apache.james.modules.protocols.ProtocolHandlerModule;
import org.apache.james.modules.protocols.SMTPServerModule;
import org.apache.james.modules.server.MailQueueRoutesModule;
import org.apache.james.modules.server.MailRepositoriesRoutesModule;
import org.apache.james.modules.server.NoJwtModule;
import org.apache.james.modules.server.TaskManagerModule;
import org.apache.james.modules.server.WebAdminServerModule;
import org.apache.james.server.core.configuration.Configuration;
import org.apache.james.utils.WebAdminGuiceProbe;
import org.apache.james.webadmin.authentication.AuthenticationFilter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running node: our engine, and James around it. */
final class Node implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Node.class);
    private static final int SECRET_BITS = 256;

    private final Settings settings;
    private final SqlStore store;
    private final Engine engine;
    private final GuiceJamesServer james;
    private final SmtpModule front;
    private final Intake intake;

    private Node(
            Settings settings, SqlStore store, Engine engine, GuiceJamesServer james, SmtpModule front, Intake intake) {
        this.settings = settings;
        this.store = store;
        this.engine = engine;
        this.james = james;
        this.front = front;
        this.intake = intake;
    }

    /**
     * Starts a node.
     *
     * @param console told once, at the first start, what nobody can look up later
     */
    static Node start(Home home, Map<String, String> environment, PrintStream console) throws Exception {
        home.addMissingConfiguration();
        Settings settings = SettingsReader.read(home.conf(), environment);
        List<String> adminPort = Ports.problemsOfAdmin(settings);
        if (!adminPort.isEmpty()) {
            throw new SettingsException(adminPort); // James would wait for it for ever
        }
        Clock clock = Clock.tickMillis(ZoneOffset.UTC);
        setSystemProperties(home, settings);
        makeCertificate(home, settings, clock);
        SecretBox secrets = settings.server()
                .masterKey()
                .map(Secret::value)
                .map(TinkSecretBox::ofKeyset)
                .orElseGet(() -> TinkSecretBox.open(home.secrets().resolve("master.key")));
        PasswordHasher hasher = new Argon2PasswordHasher();
        SqlStore store = SqlStore.open(home.database(), secrets);
        FirstRun firstRun = new FirstRun(home, store, hasher, clock);
        Optional<FirstRun.Made> made = firstRun.make();
        String token = settings.admin()
                .token()
                .map(Secret::value)
                .orElseGet(() -> secretOf(home.secrets().resolve("admin-token")));
        ReturnPaths returnPaths = new ReturnPaths(
                secretOf(home.secrets().resolve("return-path.key")).getBytes(StandardCharsets.US_ASCII),
                clock,
                settings.returnPath().maxAge());

        Optional<Provider> signatures = CorrettoCrypto.find(home.nativeLibraries());
        if (!settings.server().warmUp().isZero()) {
            new WarmUp(home, settings.server().warmUp(), clock, signatures).run();
            setSystemProperties(home, settings); // those of the other node are there now
        }
        CachedRouting routing = new CachedRouting(store.relays(), store.egressPools(), store.routes());
        Engine engine = new Engine(home, settings, store, routing, clock);
        SmtpModule front = new SmtpModule(home, settings, engine, clock);
        Intake intake = new Intake();
        GuiceJamesServer james = james(
                new NodeModule(
                        settings, store, routing, engine, hasher, new AdminToken(token), returnPaths, signatures),
                new QueueModule(engine, settings.queue().maxAge()),
                front,
                intake,
                new JamesDns(engine.dns()));
        start(james, Ports.problemsOfSmtp(settings));
        intake.start(settings.spool().threads());
        Node node = new Node(settings, store, engine, james, front, intake);
        made.ifPresent(what -> {
            firstRun.write(what, node.adminUrl(), token, node.reachable(), node.submissionPort());
            FirstRunText.print(console, home, node, what, token);
        });
        LOGGER.info("started on {}", home.directory());
        return node;
    }

    /** @param taken ports, which the fault of who wants to listen there does not name */
    private static void start(GuiceJamesServer james, List<String> taken) throws Exception {
        try {
            james.start();
        } catch (Exception e) {
            boolean isAboutPorts = Stream.iterate((Throwable) e, cause -> cause != null, Throwable::getCause)
                    .anyMatch(BindException.class::isInstance);
            if (isAboutPorts && !taken.isEmpty()) {
                throw new SettingsException(taken);
            }
            throw e;
        }
    }

    private static GuiceJamesServer james(
            NodeModule node, QueueModule queue, SmtpModule front, Intake intake, DNSService dns) {
        Module webAdmin = Modules.override(new WebAdminServerModule())
                .with(
                        new AdminModule(),
                        binder -> binder.bind(AuthenticationFilter.class).to(BearerTokenFilter.class));
        Module smtp = Modules.override(new SMTPServerModule()).with(front);
        Configuration configuration =
                Configuration.builder().useWorkingDirectoryEnvProperty().build();
        return GuiceJamesServer.forConfiguration(configuration)
                .combineWith(
                        new DataModule(),
                        new PipelineModule(),
                        queue,
                        node,
                        new ProtocolHandlerModule(),
                        smtp,
                        webAdmin,
                        new MailQueueRoutesModule(),
                        new MailRepositoriesRoutesModule(),
                        new NoJwtModule(),
                        new TaskManagerModule(),
                        intake)
                .overrideWith(
                        new RunArgumentsModule(new String[0]),
                        binder -> binder.bind(DNSService.class).toInstance(dns));
    }

    /** What the XML files of James refer to, and what the JDK takes from nowhere else. */
    private static void setSystemProperties(Home home, Settings settings) {
        String host = InetAddresses.toUriString(
                InetAddresses.forString(settings.server().bindAddress()));
        Map<String, String> properties = Map.of(
                "working.directory",
                home.directory().toString(),
                "james.exit.on.startup.error",
                "false",
                // A client that asks for a new handshake again and again would keep a processor busy for nothing.
                "jdk.tls.rejectClientInitiatedRenegotiation",
                "true",
                "postrider.hostName",
                settings.server().hostName(),
                "postrider.submission.address",
                host + ":" + settings.submission().port(),
                "postrider.submission.tlsAddress",
                host + ":" + settings.smtp().submissionTlsPort(),
                "postrider.submission.authRequiresTls",
                Boolean.toString(!settings.submission().authWithoutTls()),
                "postrider.submission.maxMessageSize",
                kibibytes(settings.submission().maxMessageSize()),
                "postrider.inbound.address",
                host + ":" + settings.inbound().port(),
                "postrider.inbound.maxMessageSize",
                kibibytes(settings.inbound().maxMessageSize()));
        properties.forEach(System::setProperty);
    }

    /** James counts in units of 1024 bytes. */
    private static String kibibytes(long bytes) {
        return (bytes + 1023) / 1024 + "K";
    }

    private static void makeCertificate(Home home, Settings settings, Clock clock) {
        Path key = home.keys().resolve("smtp.key.pem");
        Path certificate = home.keys().resolve("smtp.cert.pem");
        if (!Files.exists(key) && !Files.exists(certificate)) {
            SelfSignedCertificate.create(key, certificate, settings.server().hostName(), clock);
        }
    }

    private static String secretOf(Path file) {
        if (!Files.exists(file)) {
            SecretFiles.write(file, RandomToken.of(SECRET_BITS, new SecureRandom()));
        }
        return SecretFiles.read(file).strip();
    }

    String adminUrl() {
        return "http://" + reachable() + ":"
                + james.getProbe(WebAdminGuiceProbe.class).getWebAdminPort().getValue();
    }

    int submissionPort() {
        return intake.submissionPort();
    }

    String submissionTlsAddress() {
        return reachable() + ":" + intake.submissionTlsPort();
    }

    String submissionAddress() {
        return reachable() + ":" + submissionPort();
    }

    String inboundAddress() {
        return reachable() + ":" + intake.inboundPort();
    }

    /** An address that a client on this machine can use. */
    private String reachable() {
        InetAddress address = InetAddresses.forString(settings.server().bindAddress());
        return address.isAnyLocalAddress() ? "127.0.0.1" : InetAddresses.toUriString(address);
    }

    /** Takes no more mail, lets what is in work end for a moment, writes down what is known, and stops. */
    @Override
    public void close() {
        List.<Runnable>of(intake::stop, front::close, engine::drain, james::stop, engine::close, store::close)
                .forEach(step -> {
                    try {
                        step.run();
                    } catch (RuntimeException e) {
                        LOGGER.error("a part did not stop as it should", e);
                    }
                });
        LOGGER.info("stopped");
    }
}
