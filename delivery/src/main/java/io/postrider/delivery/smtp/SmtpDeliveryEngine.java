package io.postrider.delivery.smtp;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.RelayFaults;
import io.postrider.delivery.SevenBitHops;
import io.postrider.dns.DnsAnswer;
import io.postrider.dns.HostAddresses;
import io.postrider.mail.EmailAddress;
import io.postrider.route.EgressPool;
import io.postrider.route.Hop;
import io.postrider.shaping.ShapingRule;
import io.postrider.shaping.ShapingRules;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands mail to next hops by SMTP (<a href="https://datatracker.ietf.org/doc/html/rfc5321">RFC 5321</a>) on two event loop threads. A hop
 * has its connections, which are kept and used again, and its queue; both live on one of the loops. Safe for concurrent use. Listeners are
 * called on a loop thread and must not block it.
 */
public final class SmtpDeliveryEngine implements DeliveryEngine, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(SmtpDeliveryEngine.class);
    private static final int LOOPS = 2;
    private static final int READER_THREADS = 2;

    private static final Duration LOOP_SHUTDOWN = Duration.ofSeconds(2);

    private final Function<Hop, Optional<Endpoint>> endpoints;
    private final HostAddresses hosts;
    private final Optional<DirectRoute> direct;
    private final SmtpClientSettings settings;
    private final ShapingRules shaping;
    private final Clock clock;
    private final EventLoopGroup loops = new NioEventLoopGroup(LOOPS, new DefaultThreadFactory("smtp-client", true));
    private final ExecutorService readers =
            Executors.newFixedThreadPool(READER_THREADS, new DefaultThreadFactory("smtp-client-reader", true));
    private final SmtpSession.Environment environment;
    private final Map<HopPool.Key, Entry> pools = new HashMap<>();
    private boolean closed;

    /** A pool, and how many consignments are on their way to its loop. */
    private static final class Entry {
        private final HopPool pool;
        private int claims;

        Entry(HopPool pool) {
            this.pool = pool;
        }
    }

    /** What other parts of the service want to know of hops. */
    public record Memories(SevenBitHops sevenBit, RelayFaults faults) {}

    /**
     * @param endpoints asked for each consignment, on the caller's thread; empty for a hop that does not exist. When it throws, the
     *     consignment is postponed
     * @param hosts finds the addresses of endpoints
     * @param direct how mail goes to the mail servers of its recipients; without it, {@link Hop.Direct} has no endpoint
     * @param shaping limits that take the place of others
     * @param clock for the times of attempts and for how long things are remembered
     * @param random chooses among the sources of a pool
     */
    public SmtpDeliveryEngine(
            Function<Hop, Optional<Endpoint>> endpoints,
            HostAddresses hosts,
            Optional<DirectRoute> direct,
            SmtpClientSettings settings,
            ShapingRules shaping,
            Clock clock,
            RandomGenerator random,
            Memories memories) {
        this.endpoints = endpoints;
        this.hosts = hosts;
        this.direct = direct;
        this.settings = settings;
        this.shaping = shaping;
        this.clock = clock;
        this.environment = new SmtpSession.Environment(
                settings,
                clock,
                new Dialer(readers, settings.timeouts().connect()),
                new PeerMemory(clock, settings.faultMemory()),
                new SilentAddresses(
                        clock,
                        settings.pauses(),
                        settings.timeouts().connect().plus(settings.timeouts().greeting())),
                random,
                new ConnectionBudget(direct.map(route -> route.settings().maxAllConnections())
                        .orElse(Integer.MAX_VALUE)),
                new RateLimits(clock),
                memories.sevenBit(),
                memories.faults());
    }

    @Override
    public void deliver(Consignment consignment, Listener listener) {
        if (consignment.hop() instanceof Hop.Direct hop && direct.isPresent()) {
            deliver(hop, direct.get(), consignment, listener);
        } else {
            deliverToEndpoint(consignment, listener);
        }
    }

    private void deliver(Hop.Direct hop, DirectRoute route, Consignment consignment, Listener listener) {
        Optional<EgressPool> sources;
        try {
            sources = route.pools().apply(hop.pool());
        } catch (RuntimeException e) {
            LOGGER.warn("{}: the pool of {} is not known at present", consignment.id(), hop, e);
            transactionsOf(consignment, listener)
                    .forEach(transaction -> transaction.postponeAll("the pool of " + hop + " is not known at present"));
            return;
        }
        if (sources.isEmpty()) {
            Exchange exchange = new Exchange(clock);
            transactionsOf(consignment, listener)
                    .forEach(transaction -> transaction.reportAll(
                            Outcomes.routeFault("pool '" + hop.pool() + "' does not exist", Optional.empty()),
                            exchange));
            return;
        }
        new DirectConsignment(consignment, listener, route, sources.get(), shaping, clock)
                .whenResolved(site -> enqueue(
                        new HopPool.Key(hop, site.name(), site.rule()), site.destination(), site.transactions()));
    }

    private void deliverToEndpoint(Consignment consignment, Listener listener) {
        List<MailTransaction> transactions = transactionsOf(consignment, listener);
        Optional<Endpoint> endpoint;
        try {
            endpoint = endpoints.apply(consignment.hop());
        } catch (RuntimeException e) {
            LOGGER.warn("{}: the endpoint of {} is not known at present", consignment.id(), consignment.hop(), e);
            transactions.forEach(transaction ->
                    transaction.postponeAll("the endpoint of " + consignment.hop() + " is not known at present"));
            return;
        }
        if (endpoint.isEmpty()) {
            Exchange exchange = new Exchange(clock);
            transactions.forEach(transaction -> transaction.reportAll(
                    Outcomes.routeFault(nonExistence(consignment.hop()), Optional.empty()), exchange));
            return;
        }
        Endpoint to = endpoint.get();
        hosts.find(to.host())
                .thenAccept(answer -> enqueue(consignment.hop(), to, answer, transactions))
                .exceptionally(e -> {
                    LOGGER.error("{}: {} was not looked up", consignment.id(), to.host(), e);
                    transactions.forEach(
                            transaction -> transaction.postponeAll(to.host() + " was not looked up: " + e));
                    return null;
                });
    }

    private void enqueue(
            Hop hop, Endpoint endpoint, DnsAnswer<InetAddress> addresses, List<MailTransaction> transactions) {
        if (addresses instanceof DnsAnswer.Found<InetAddress> found) {
            enqueue(new HopPool.Key(hop, ""), Destination.of(endpoint, found.records(), ruleFor(hop)), transactions);
            return;
        }
        String reason = addresses
                .failure()
                .map(failure -> "4.4.3 the addresses of " + endpoint.host() + " cannot be found out: " + failure)
                .orElse("no address found for host '" + endpoint.host() + "'");
        environment.faults().failed(hop, addresses.failure().isEmpty(), reason);
        Exchange exchange = new Exchange(clock, endpoint.hostAndPort(), "");
        transactions.forEach(
                transaction -> transaction.reportAll(Outcomes.routeFault(reason, Optional.empty()), exchange));
    }

    private void enqueue(HopPool.Key key, Destination destination, List<MailTransaction> transactions) {
        Optional<HopPool> pool = claim(key, destination);
        if (pool.isPresent()) {
            submit(pool.get(), transactions, destination);
        } else {
            transactions.forEach(transaction -> transaction.postponeAll(HopPool.STOPPING));
        }
    }

    /** Lets what has begun come to its end for {@code closeGrace}, then ends it; what has not begun is postponed. */
    @Override
    public void close() {
        List<HopPool> all;
        synchronized (pools) {
            if (closed) {
                return;
            }
            closed = true;
            all = pools.values().stream().map(entry -> entry.pool).toList();
        }
        all.forEach(pool -> pool.loop().execute(pool::drain));
        try {
            CompletableFuture.allOf(all.stream().map(HopPool::drained).toArray(CompletableFuture[]::new))
                    .get(settings.closeGrace().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOGGER.info("transactions are cut off after {}", settings.closeGrace());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            LOGGER.error("connections were not closed in order", e);
        }
        all.forEach(pool -> pool.loop().execute(pool::abort));
        readers.shutdownNow();
        loops.shutdownGracefully(0, LOOP_SHUTDOWN.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(LOOP_SHUTDOWN.toMillis() * 2);
    }

    private void submit(HopPool pool, List<MailTransaction> transactions, Destination destination) {
        try {
            pool.loop().execute(() -> {
                pool.submit(transactions, destination);
                unclaim(pool);
            });
        } catch (RejectedExecutionException e) {
            transactions.forEach(transaction -> transaction.postponeAll(HopPool.STOPPING));
        }
    }

    private Optional<HopPool> claim(HopPool.Key key, Destination destination) {
        synchronized (pools) {
            if (closed) {
                return Optional.empty();
            }
            Entry entry = pools.computeIfAbsent(
                    key,
                    name -> new Entry(new HopPool(name, destination, loops.next(), environment, this::forgetIfUnused)));
            entry.claims++;
            return Optional.of(entry.pool);
        }
    }

    private void unclaim(HopPool pool) {
        synchronized (pools) {
            pools.get(pool.key()).claims--;
        }
        forgetIfUnused(pool);
    }

    private void forgetIfUnused(HopPool pool) {
        synchronized (pools) {
            Entry entry = pools.get(pool.key());
            if (entry != null && entry.pool == pool && entry.claims == 0 && pool.isEmpty()) {
                pools.remove(pool.key());
            }
        }
    }

    private List<MailTransaction> transactionsOf(Consignment consignment, Listener listener) {
        Instant now = clock.instant();
        Content content = new Content(consignment.content());
        Map<Optional<EmailAddress>, List<MailTransaction.Slot>> byReturnPath = new LinkedHashMap<>();
        for (Addressee addressee : consignment.addressees()) {
            byReturnPath
                    .computeIfAbsent(addressee.returnPath(), key -> new ArrayList<>())
                    .add(new MailTransaction.Slot(addressee.recipient(), addressee.reports()));
        }
        List<MailTransaction> transactions = new ArrayList<>(byReturnPath.size());
        byReturnPath.forEach((returnPath, slots) -> transactions.add(new MailTransaction(
                consignment.id(),
                consignment.tenant(),
                consignment.hop(),
                returnPath,
                consignment.reports(),
                now,
                slots,
                content,
                listener,
                consignment.urgent())));
        return transactions;
    }

    private Optional<ShapingRule> ruleFor(Hop hop) {
        return hop instanceof Hop.ViaRelay relay ? shaping.forRelay(relay.name()) : Optional.empty();
    }

    private static String nonExistence(Hop hop) {
        return hop instanceof Hop.ViaRelay relay
                ? "relay '" + relay.name() + "' does not exist"
                : "hop '" + hop + "' has no endpoint";
    }
}
