package io.postrider.delivery.smtp;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import java.time.Clock;
import java.time.Duration;
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
    private static final int LOOKUP_THREADS = 2;
    private static final Duration LOOP_SHUTDOWN = Duration.ofSeconds(2);

    private final Function<Hop, Optional<Endpoint>> endpoints;
    private final SmtpClientSettings settings;
    private final Clock clock;
    private final EventLoopGroup loops = new NioEventLoopGroup(LOOPS, new DefaultThreadFactory("smtp-client", true));
    private final ExecutorService lookups =
            Executors.newFixedThreadPool(LOOKUP_THREADS, new DefaultThreadFactory("smtp-client-lookup", true));
    private final SmtpSession.Environment environment;
    private final Map<Hop, Entry> pools = new HashMap<>();
    private boolean closed;

    /** A pool, and how many consignments are on their way to its loop. */
    private static final class Entry {
        private final HopPool pool;
        private int claims;

        Entry(HopPool pool) {
            this.pool = pool;
        }
    }

    /**
     * @param endpoints asked for each consignment, on the caller's thread; empty for a hop that does not exist. When it throws, the
     *     consignment is postponed
     * @param clock for the times of attempts and for how long broken TLS is remembered
     */
    public SmtpDeliveryEngine(Function<Hop, Optional<Endpoint>> endpoints, SmtpClientSettings settings, Clock clock) {
        this.endpoints = endpoints;
        this.settings = settings;
        this.clock = clock;
        this.environment = new SmtpSession.Environment(
                settings,
                clock,
                new Dialer(lookups, settings.timeouts().connect()),
                new PeerMemory(clock, settings.brokenTlsMemory()));
    }

    @Override
    public void deliver(Consignment consignment, Listener listener) {
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
            Exchange exchange = new Exchange(clock, "");
            transactions.forEach(transaction -> transaction.reportAll(
                    Outcomes.routeFault(nonExistence(consignment.hop()), Optional.empty()), exchange));
            return;
        }
        Optional<HopPool> pool = claim(consignment.hop(), endpoint.get());
        if (pool.isPresent()) {
            submit(pool.get(), transactions, endpoint.get());
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
        lookups.shutdownNow();
        loops.shutdownGracefully(0, LOOP_SHUTDOWN.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(LOOP_SHUTDOWN.toMillis() * 2);
    }

    private void submit(HopPool pool, List<MailTransaction> transactions, Endpoint endpoint) {
        try {
            pool.loop().execute(() -> {
                pool.submit(transactions, endpoint);
                unclaim(pool);
            });
        } catch (RejectedExecutionException e) {
            transactions.forEach(transaction -> transaction.postponeAll(HopPool.STOPPING));
        }
    }

    private Optional<HopPool> claim(Hop hop, Endpoint endpoint) {
        synchronized (pools) {
            if (closed) {
                return Optional.empty();
            }
            Entry entry = pools.computeIfAbsent(
                    hop, key -> new Entry(new HopPool(key, endpoint, loops.next(), environment, this::forgetIfUnused)));
            entry.claims++;
            return Optional.of(entry.pool);
        }
    }

    private void unclaim(HopPool pool) {
        synchronized (pools) {
            pools.get(pool.hop()).claims--;
        }
        forgetIfUnused(pool);
    }

    private void forgetIfUnused(HopPool pool) {
        synchronized (pools) {
            Entry entry = pools.get(pool.hop());
            if (entry != null && entry.pool == pool && entry.claims == 0 && pool.isEmpty()) {
                pools.remove(pool.hop());
            }
        }
    }

    private static List<MailTransaction> transactionsOf(Consignment consignment, Listener listener) {
        Content content = new Content(consignment.content());
        Map<Optional<EmailAddress>, List<MailTransaction.Slot>> byReturnPath = new LinkedHashMap<>();
        for (Addressee addressee : consignment.addressees()) {
            byReturnPath
                    .computeIfAbsent(addressee.returnPath(), key -> new ArrayList<>())
                    .add(new MailTransaction.Slot(addressee.recipient(), addressee.reports()));
        }
        return byReturnPath.entrySet().stream()
                .map(entry -> new MailTransaction(
                        consignment.id(),
                        consignment.hop(),
                        entry.getKey(),
                        consignment.reports(),
                        entry.getValue(),
                        content,
                        listener))
                .toList();
    }

    private static String nonExistence(Hop hop) {
        return hop instanceof Hop.ViaRelay relay
                ? "relay '" + relay.name() + "' does not exist"
                : "hop '" + hop + "' has no endpoint";
    }
}
