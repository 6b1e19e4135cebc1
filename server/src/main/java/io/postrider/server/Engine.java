package io.postrider.server;

import com.google.common.base.Suppliers;
import io.postrider.delivery.RelayFaults;
import io.postrider.delivery.SevenBitHops;
import io.postrider.delivery.smtp.DirectRoute;
import io.postrider.delivery.smtp.Endpoint;
import io.postrider.delivery.smtp.SmtpClientSettings;
import io.postrider.delivery.smtp.SmtpDeliveryEngine;
import io.postrider.dispatch.Backlogs;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.EntryOperations;
import io.postrider.dispatch.Operations;
import io.postrider.dispatch.Reports;
import io.postrider.dispatch.RestingDelays;
import io.postrider.dispatch.Sweeper;
import io.postrider.dns.Dns;
import io.postrider.dns.HostAddresses;
import io.postrider.dns.dnsjava.DnsjavaDns;
import io.postrider.dns.dnsjava.SystemHosts;
import io.postrider.mx.AddressPolicy;
import io.postrider.mx.MxResolver;
import io.postrider.queue.BacklogJournal;
import io.postrider.queue.BrokerEntryQueue;
import io.postrider.queue.BrokerMailQueueFactory;
import io.postrider.queue.EmbeddedBroker;
import io.postrider.queue.Tracking;
import io.postrider.route.EgressPool;
import io.postrider.route.EgressPools;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import io.postrider.server.config.Settings;
import io.postrider.simulator.smtp.SimulatorServer;
import io.postrider.simulator.smtp.SimulatorSettings;
import io.postrider.store.StoreUnavailableException;
import io.postrider.store.sql.SqlStore;
import io.postrider.tenant.BounceReports;
import io.postrider.tenant.Tenant;
import io.postrider.trace.MessageLog;
import io.postrider.trace.ReadYourWritesLog;
import io.postrider.trace.Recorder;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.james.metrics.api.GaugeRegistry;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.queue.api.MailQueueItemDecoratorFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What carries mail from the queue to its outcome, without James: broker, recorder, delivery, simulator, and the {@link Dispatcher} in the middle. Owns the threads
 * of all of them.
 */
final class Engine implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Engine.class);
    private static final Duration RECORDER_WAIT = Duration.ofMillis(200);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Duration DRAIN = Duration.ofSeconds(5);
    private static final int DISPATCH_THREADS = 4;
    private static final int MESSAGES_PER_SIMULATOR_CONNECTION = 1000;

    private final Settings settings;
    private final Clock clock;
    private final EmbeddedBroker broker;
    private final BrokerEntryQueue entries;
    private final BacklogJournal backlogJournal;
    private final Backlogs backlogs;
    private final Recorder recorder;
    private final MessageLog messages;
    private final SimulatorServer simulator;
    private final DnsjavaDns dns;
    private final SevenBitHops sevenBit;
    private final Relays relays;
    private final RelayFaults relayFaults;
    private final SmtpDeliveryEngine delivery;
    private final ExecutorService dispatchThreads;
    private final ScheduledExecutorService ticker;
    private final ScheduledFuture<?> ticking;
    private final Thread recorderThread;
    private final Dispatcher dispatcher;
    private final RestingDelays restingDelays;
    private final Operations operations;
    private final EntryOperations entryOperations;
    private final Sweeper sweeper;
    private final ScheduledExecutorService sweeperThread;
    private final ScheduledFuture<?> sweeping;
    /** Whether the last look of the sweeper came to its end. */
    private volatile boolean sweeps = true;

    private final CountDownLatch stopping = new CountDownLatch(1);

    Engine(Home home, Settings settings, SqlStore store, CachedRouting routing, Clock clock) {
        this.settings = settings;
        this.clock = clock;
        this.broker = EmbeddedBroker.start(
                "postrider",
                home.queue(),
                new EmbeddedBroker.Settings(
                        Math.toIntExact(settings.queue().journalFileSize()),
                        settings.queue().cleanupInterval(),
                        settings.queue().memoryLimit(),
                        settings.queue().windowMessages()));
        this.entries = new BrokerEntryQueue(broker, settings.queue().producers(), clock);
        this.backlogJournal = BacklogJournal.open(
                home.queue().resolve("backlog"),
                Math.toIntExact(settings.queue().journalFileSize()),
                broker,
                clock);
        this.backlogs = new Backlogs(clock, backlogJournal, backlogLimits(settings));
        routing.whenChanged(backlogs::reroute);
        this.recorder = new Recorder(
                store.messageLog(),
                new Recorder.Pace(
                        settings.store().batch(),
                        settings.store().backlog(),
                        settings.store().commitPause(),
                        settings.store().acceptanceDelay()),
                System::nanoTime);
        this.simulator = new SimulatorServer(simulatorSettings(settings), Optional.empty(), clock);
        this.dns = new DnsjavaDns(settings.dns(), clock);
        this.sevenBit = new SevenBitHops(clock, settings.delivery().sevenBitMemory());
        this.relays = routing.relays();
        this.relayFaults = new RelayFaults(clock);
        this.delivery = new SmtpDeliveryEngine(
                new Endpoints(routing.relays())::find,
                new HostAddresses(dns, SystemHosts.ofThisMachine()::find, SystemHosts.searchDomains()),
                Optional.of(directRoute(settings, routing.pools(), dns)),
                clientSettings(settings),
                settings.shaping(),
                clock,
                new SecureRandom(),
                new SmtpDeliveryEngine.Memories(sevenBit, relayFaults));
        this.dispatchThreads = Executors.newFixedThreadPool(DISPATCH_THREADS, named("dispatch"));
        Reports reports = new Reports(
                tenant ->
                        store.tenants().find(tenant).map(Tenant::bounceReports).orElse(BounceReports.NONE),
                entries,
                store.messageLog(),
                recorder,
                clock,
                new Reports.Settings(
                        settings.server().hostName(),
                        settings.reports().delayAfter(),
                        settings.reports().maxReturned()));
        this.restingDelays = new RestingDelays(clock, backlogs, entries, store.messageLog(), reports);
        this.dispatcher = new Dispatcher(
                clock,
                new SecureRandom(),
                this::dispatch,
                entries,
                store.messageLog(),
                recorder,
                delivery,
                settings.retry(),
                reports,
                backlogs,
                new Dispatcher.Limits(
                        settings.queue().windowMessages(),
                        settings.queue().windowBytes(),
                        settings.delivery().postponeDelay()));
        this.messages = new ReadYourWritesLog(store.messageLog(), recorder);
        this.operations = new Operations(clock, dispatcher, entries, messages, store.heldMails());
        this.entryOperations = new EntryOperations(clock, dispatcher, operations, store.messageLog());
        this.sweeper = new Sweeper(
                clock,
                dispatcher,
                operations,
                entries,
                entries,
                store.messageLog(),
                store.heldMails(),
                store.openDeliveries(),
                settings.sweeper());
        this.sweeperThread = Executors.newSingleThreadScheduledExecutor(named("sweeper"));
        this.recorderThread = named("recorder").newThread(this::record);
        this.ticker = Executors.newSingleThreadScheduledExecutor(named("tick"));
        recorderThread.start();
        this.ticking = ticker.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
        long interval = settings.sweeperInterval().toMillis();
        this.sweeping = sweeperThread.scheduleWithFixedDelay(this::sweep, interval, interval, TimeUnit.MILLISECONDS);
    }

    Recorder recorder() {
        return recorder;
    }

    /** The log for those who ask from outside. */
    MessageLog messages() {
        return messages;
    }

    RelayFaults relayFaults() {
        return relayFaults;
    }

    /** Which relays need a person. Why is not for everybody who can ask for the health. */
    Optional<String> relaysThatNeedAPerson() {
        return Optional.of(relayFaults.all().entrySet().stream()
                        .filter(entry -> entry.getValue().lasting())
                        .filter(entry -> relays.find(entry.getKey()).isPresent())
                        .map(entry -> "relay '" + entry.getKey() + "' takes no mail since "
                                + entry.getValue().since() + ": see GET /relays/" + entry.getKey())
                        .collect(Collectors.joining("; ")))
                .filter(text -> !text.isEmpty());
    }

    SevenBitHops sevenBit() {
        return sevenBit;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Operations operations() {
        return operations;
    }

    Sweeper sweeper() {
        return sweeper;
    }

    /** Whether the sweeper could look, and found nothing that a person should look at. */
    boolean isSwept() {
        return sweeps && !sweeper.isAlarm();
    }

    SimulatorServer simulator() {
        return simulator;
    }

    Dns dns() {
        return dns;
    }

    BrokerEntryQueue entries() {
        return entries;
    }

    EmbeddedBroker broker() {
        return broker;
    }

    BrokerMailQueueFactory queues(
            MailQueueItemDecoratorFactory decorators, MetricFactory metrics, GaugeRegistry gauges) {
        return new BrokerMailQueueFactory(
                broker,
                entries,
                Optional.of(new Tracking(dispatcher, operations, entryOperations)),
                decorators,
                clock,
                metrics,
                gauges);
    }

    private void record() {
        while (stopping.getCount() > 0 || recorder.backlog() > 0) {
            try {
                recorder.writeBatch(RECORDER_WAIT);
            } catch (StoreUnavailableException e) {
                LOGGER.warn("the message log does not answer; {} changes wait: {}", recorder.backlog(), e.getMessage());
                if (!pause()) {
                    return;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException | LinkageError | StackOverflowError e) {
                // Without this thread no outcome is recorded, and nothing is acknowledged any more.
                LOGGER.error("changes could not be recorded; {} wait", recorder.backlog(), e);
                if (!pause()) {
                    return;
                }
            }
        }
    }

    /** Waits a while before the next try; returns whether there is to be one. */
    private boolean pause() {
        try {
            return !stopping.await(RETRY.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void dispatch(Runnable task) {
        try {
            dispatchThreads.execute(task);
        } catch (RejectedExecutionException e) {
            LOGGER.debug("a task came after the end; its mail comes again after the next start", e);
        }
    }

    private void tick() {
        try {
            restingDelays.run();
        } catch (RuntimeException e) {
            LOGGER.warn("a delay of mail that rests is not told yet: {}", e.getMessage());
        }
        try {
            dispatcher.tick();
        } catch (RuntimeException e) {
            LOGGER.error("a look after deliveries that were put off has failed; the next is in a second", e);
        }
    }

    private void sweep() {
        try {
            sweeper.run();
            sweeps = true;
        } catch (RuntimeException e) {
            sweeps = false;
            LOGGER.error("the sweeper could not look; it tries again in {}", settings.sweeperInterval(), e);
        }
    }

    /** Waits for a moment until what is in work has come to its end; what has not comes again after the next start. */
    void drain() {
        try {
            if (!dispatcher.awaitIdle(DRAIN)) {
                LOGGER.info("{} mails are still in work after {}", dispatcher.inWork(), DRAIN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends attempts, writes down what is known, then lets go of the queue. */
    @Override
    public void close() {
        delivery.close();
        dns.close();
        ticking.cancel(false);
        ticker.shutdown();
        sweeping.cancel(false);
        sweeperThread.shutdown();
        dispatchThreads.shutdown();
        stopping.countDown();
        try {
            if (!dispatchThreads.awaitTermination(2, TimeUnit.SECONDS)) {
                LOGGER.warn("some deliveries could not be put off any more; they come again after the next start");
            }
            if (!sweeperThread.awaitTermination(2, TimeUnit.SECONDS)) {
                LOGGER.warn("the sweeper is still looking; it looks again after the next start");
            }
            recorderThread.join(TimeUnit.SECONDS.toMillis(3));
            entries.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            backlogJournal.close();
            broker.close();
            simulator.close();
        }
    }

    private static Backlogs.Limits backlogLimits(Settings settings) {
        Settings.Queue queue = settings.queue();
        return new Backlogs.Limits(
                queue.maxBacklogs(),
                Math.max(1, (int) (queue.windowMessages() * (long) queue.laneShare() / 100)),
                queue.windowBytes() / 100 * queue.laneShare(),
                settings.delivery().pauses().first(),
                settings.delivery().pauses().most());
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private static SimulatorSettings simulatorSettings(Settings settings) {
        SimulatorSettings defaults = SimulatorSettings.defaults();
        return new SimulatorSettings(
                defaults.name(),
                settings.simulator().port(),
                settings.simulator().keepMessages(),
                settings.simulator().keepBytes(),
                defaults.maxMessageBytes(),
                defaults.idleTimeout());
    }

    private static DirectRoute directRoute(Settings settings, EgressPools pools, Dns dns) {
        Settings.Direct direct = settings.direct();
        AddressPolicy policy = new AddressPolicy(
                direct.addresses().loopback(),
                direct.addresses().privateNetworks(),
                direct.addresses().literals(),
                Stream.of(settings.server().hostName(), settings.delivery().ehloName())
                        .map(Engine::lowerCase)
                        .collect(Collectors.toUnmodifiableSet()), // often one and the same
                Suppliers.memoizeWithExpiration(Engine::addressesOfThisMachine, 1, TimeUnit.MINUTES));
        return new DirectRoute(
                new MxResolver(dns, new SecureRandom(), policy, direct.ipVersions(), direct.limits()),
                name -> pools.find(name)
                        .or(() -> name.equals(EgressPool.DEFAULT)
                                ? Optional.of(EgressPool.ofSystem())
                                : Optional.empty()),
                direct.route());
    }

    private static String lowerCase(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private static Set<InetAddress> addressesOfThisMachine() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .collect(Collectors.toUnmodifiableSet());
        } catch (SocketException e) {
            LOGGER.warn("this machine does not tell its addresses, so that a loop over one of them is not noticed", e);
            return Set.of();
        }
    }

    private static SmtpClientSettings clientSettings(Settings settings) {
        Settings.Delivery delivery = settings.delivery();
        SmtpClientSettings defaults = SmtpClientSettings.withDefaults(delivery.ehloName());
        return new SmtpClientSettings(
                delivery.ehloName(),
                new SmtpClientSettings.Timeouts(
                        delivery.connectTimeout(),
                        delivery.bannerTimeout(),
                        delivery.commandTimeout(),
                        defaults.timeouts().handshake(),
                        delivery.commandTimeout(),
                        delivery.commandTimeout(),
                        delivery.dataInitTimeout(),
                        delivery.dataBlockTimeout(),
                        delivery.dataEndTimeout(),
                        defaults.timeouts().quit()),
                delivery.idleTimeout(),
                delivery.maxWait(),
                delivery.maxPending(),
                delivery.faultMemory(),
                delivery.attemptDelay(),
                delivery.pauses(),
                defaults.closeGrace());
    }

    /** Where hops listen. */
    private final class Endpoints {
        private final Relays relays;

        Endpoints(Relays relays) {
            this.relays = relays;
        }

        Optional<Endpoint> find(Hop hop) {
            return hop instanceof Hop.ViaRelay via
                    ? relays.find(via.name()).map(Endpoint::of)
                    : Optional.of(ofSimulator());
        }

        private Endpoint ofSimulator() {
            return new Endpoint(
                    "127.0.0.1",
                    simulator.port(),
                    new Relay.Tls(Relay.TlsMode.NONE, false, Optional.empty()),
                    Optional.empty(),
                    settings.simulator().connections(),
                    MESSAGES_PER_SIMULATOR_CONNECTION);
        }
    }
}
