package io.postrider.dns.dnsjava;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.postrider.dns.Dns;
import io.postrider.dns.DnsAnswer;
import io.postrider.dns.RecordType;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * DNS by way of recursive resolvers, with a cache. Questions that are the same at the same time are asked once. Safe for concurrent use;
 * stages complete on a thread of the resolver, which must not be blocked.
 */
public final class DnsjavaDns implements Dns, AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(DnsjavaDns.class);
    private static final int MAX_CNAMES = 8;

    private final DnsSettings settings;
    private final Upstream upstream;
    private final AsyncCache<Question, Kept> cache;

    private record Question(String name, int type) {}

    /** @param time for which the answer is kept */
    private record Kept(DnsAnswer<?> answer, Duration time) {}

    /** @param clock for the age of what is kept */
    public DnsjavaDns(DnsSettings settings, Clock clock) {
        this.settings = settings;
        this.upstream = new Upstream(settings);
        this.cache = Caffeine.newBuilder()
                .maximumSize(settings.cacheEntries())
                .expireAfter(Expiry.<Question, Kept>creating((question, kept) -> kept.time()))
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .buildAsync();
    }

    @Override
    @SuppressWarnings("unchecked") // the type of the question is that of its answer
    public <T> CompletionStage<DnsAnswer<T>> find(String name, RecordType<T> type) {
        String absolute = name.endsWith(".") ? name : name + ".";
        return cache.get(
                        new Question(absolute.toLowerCase(Locale.ROOT), type.code()),
                        (question, executor) -> look(question.name(), type))
                .thenApply(kept -> (DnsAnswer<T>) kept.answer());
    }

    @Override
    public void close() {
        upstream.close();
    }

    private <T> CompletableFuture<Kept> look(String name, RecordType<T> type) {
        Name owner;
        try {
            owner = Name.fromString(name, Name.root);
        } catch (TextParseException e) {
            LOGGER.debug("{} is no name that DNS could know", name, e);
            return CompletableFuture.completedFuture(
                    new Kept(new DnsAnswer.NoSuchDomain<>(), settings.maxNegativeTtl()));
        }
        return follow(owner, type, MAX_CNAMES, settings.maxTtl()).exceptionally(e -> {
            LOGGER.warn("the look-up of {} {} went wrong", name, type, e);
            return failed(name + " " + type + ": " + e);
        });
    }

    private <T> CompletableFuture<Kept> follow(Name name, RecordType<T> type, int cnamesLeft, Duration ttl) {
        return upstream.ask(name, type.code()).thenCompose(result -> {
            if (result.failure().isPresent()) {
                return completed(failed(result.failure().get()));
            }
            Reading<T> reading = Reading.of(result.message(), name, type);
            Duration shorter = ttl.compareTo(reading.ttl()) < 0 ? ttl : reading.ttl();
            if (reading.chain() > cnamesLeft) {
                return completed(failed("more than " + MAX_CNAMES + " CNAMEs from " + name + ", or a loop of them"));
            }
            Optional<Name> next = reading.next();
            return next.isPresent()
                    ? follow(next.get(), type, cnamesLeft - reading.chain(), shorter)
                    : completed(kept(reading.answer(), shorter));
        });
    }

    private Kept kept(DnsAnswer<?> answer, Duration ttl) {
        if (answer instanceof DnsAnswer.Failed) {
            return new Kept(answer, settings.failureTtl());
        }
        Duration most = answer instanceof DnsAnswer.Found ? settings.maxTtl() : settings.maxNegativeTtl();
        Duration atLeast = ttl.compareTo(settings.minTtl()) < 0 ? settings.minTtl() : ttl;
        return new Kept(answer, atLeast.compareTo(most) > 0 ? most : atLeast);
    }

    private Kept failed(String reason) {
        return new Kept(new DnsAnswer.Failed<>(reason), settings.failureTtl());
    }

    private static CompletableFuture<Kept> completed(Kept kept) {
        return CompletableFuture.completedFuture(kept);
    }
}
