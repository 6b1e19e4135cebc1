package io.postrider.dns.dnsjava;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SimpleResolver;

/** The servers: asked one after the other, some rounds of them, and no more than so many questions at a time. */
final class Upstream implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Upstream.class);
    private static final int THREADS = 2;
    /** What fits into one packet on all ways (the DNS flag day of 2020). */
    private static final int EDNS_PAYLOAD = 1232;

    private final List<SimpleResolver> servers;
    private final int tries;
    private final ExecutorService threads;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int free;

    /** Either a response that makes sense, or why there is none. */
    record Result(Message message, Optional<String> failure) {}

    Upstream(DnsSettings settings) {
        this.servers = settings.servers().stream()
                .map(address -> {
                    SimpleResolver server = new SimpleResolver(address);
                    server.setTimeout(settings.timeout());
                    server.setEDNS(0, EDNS_PAYLOAD, 0, List.of());
                    return server;
                })
                .toList();
        this.tries = servers.size() * settings.rounds();
        this.free = settings.maxOutstanding();
        AtomicInteger count = new AtomicInteger();
        this.threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "dns-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    CompletableFuture<Result> ask(Name name, int type) {
        Record question = Record.newRecord(name, type, DClass.IN);
        CompletableFuture<Result> result = new CompletableFuture<>();
        inTurn(() -> ask(question, 0, result));
        return result.whenComplete((any, error) -> done());
    }

    private void ask(Record question, int tried, CompletableFuture<Result> result) {
        SimpleResolver server = servers.get(tried % servers.size());
        Message query = Message.newQuery(question); // with a new random id
        query.getHeader().setFlag(Flags.AD); // we know what it means in the answer (RFC 6840, section 5.7)
        try {
            server.sendAsync(query, threads).whenComplete((response, error) -> {
                Optional<String> failure = error == null ? fault(question, response) : Optional.of(reasonOf(error));
                if (failure.isEmpty()) {
                    result.complete(new Result(response, Optional.empty()));
                } else {
                    failed(question, tried, nameOf(server) + ": " + failure.get(), result);
                }
            });
        } catch (RuntimeException e) { // such as threads that are gone
            LOGGER.debug("{} could not be asked", server, e);
            result.complete(new Result(query, Optional.of("could not ask " + nameOf(server) + ": " + e.getMessage())));
        }
    }

    private void failed(Record question, int tried, String failure, CompletableFuture<Result> result) {
        LOGGER.debug("{}: {}", question, failure);
        if (tried + 1 < tries) {
            ask(question, tried + 1, result);
        } else {
            result.complete(new Result(Message.newQuery(question), Optional.of(failure)));
        }
    }

    private static Optional<String> fault(Record question, Message response) {
        Record answered = response.getQuestion();
        if (answered == null || !answered.equals(question)) {
            return Optional.of("answered another question: " + answered);
        }
        int rcode = response.getRcode();
        return rcode == Rcode.NOERROR || rcode == Rcode.NXDOMAIN ? Optional.empty() : Optional.of(Rcode.string(rcode));
    }

    private static String nameOf(SimpleResolver server) {
        return "name server " + server.getAddress().getAddress().getHostAddress() + " port "
                + server.getAddress().getPort();
    }

    private static String reasonOf(Throwable error) {
        Throwable cause = error.getCause() instanceof IOException ? error.getCause() : error;
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private void inTurn(Runnable question) {
        synchronized (waiting) {
            if (free == 0) {
                waiting.add(question);
                return;
            }
            free--;
        }
        question.run();
    }

    private void done() {
        Runnable next;
        synchronized (waiting) {
            next = waiting.poll();
            if (next == null) {
                free++;
                return;
            }
        }
        threads.execute(next); // not on top of the stack of the one before
    }

    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(1, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
