package io.postrider.delivery.smtp;

import io.netty.channel.EventLoop;
import io.postrider.route.Hop;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The connections to one hop, and the transactions that wait for one, first come, first served. Lives on one event loop. */
final class HopPool implements SmtpSession.Owner {
    static final String STOPPING = "the service is stopping";

    private final Hop hop;
    private final EventLoop loop;
    private final SmtpSession.Environment environment;
    private final Consumer<HopPool> onEmpty;
    private final Deque<MailTransaction> waiting = new ArrayDeque<>();
    private final Set<SmtpSession> sessions = new LinkedHashSet<>();
    private final Set<SmtpSession> former = new LinkedHashSet<>(); // to an endpoint that was replaced
    private final Deque<SmtpSession> idle = new ArrayDeque<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private Endpoint endpoint;
    private boolean draining;
    private boolean pumping;

    /** @param onEmpty told each time that the last connection has gone while nothing waits */
    HopPool(
            Hop hop,
            Endpoint endpoint,
            EventLoop loop,
            SmtpSession.Environment environment,
            Consumer<HopPool> onEmpty) {
        this.hop = hop;
        this.endpoint = endpoint;
        this.loop = loop;
        this.environment = environment;
        this.onEmpty = onEmpty;
    }

    Hop hop() {
        return hop;
    }

    EventLoop loop() {
        return loop;
    }

    boolean isEmpty() {
        return waiting.isEmpty() && sessions.isEmpty() && former.isEmpty();
    }

    /** Lets the transactions of one consignment wait their turn, for the endpoint as it is now. */
    void submit(List<MailTransaction> transactions, Endpoint current) {
        if (!current.equals(endpoint)) {
            endpoint = current;
            former.addAll(sessions);
            sessions.clear();
            idle.clear();
            List.copyOf(former).forEach(SmtpSession::retire);
        }
        int maxPending = environment.settings().maxPending();
        boolean full = waiting.size() >= maxPending;
        for (MailTransaction transaction : transactions) {
            if (draining) {
                transaction.postponeAll(STOPPING);
            } else if (full) {
                transaction.postponeAll(
                        hop + " has " + waiting.size() + " transactions waiting (limit: " + maxPending + ")");
            } else {
                waiting.addLast(transaction);
                limitWait(transaction);
            }
        }
        pump();
    }

    /** Lets what is under way come to its end and takes nothing more. */
    void drain() {
        draining = true;
        List<MailTransaction> rest = List.copyOf(waiting);
        waiting.clear();
        rest.forEach(transaction -> {
            transaction.waitsNoMore();
            transaction.postponeAll(STOPPING);
        });
        List.copyOf(sessions).forEach(SmtpSession::retire);
        tellWhenEmpty();
    }

    /** Done when no connection is left after {@link #drain}; may be asked from any thread. */
    CompletableFuture<Void> drained() {
        return drained;
    }

    /** Ends all connections now. */
    void abort() {
        List.copyOf(sessions).forEach(session -> session.abort(STOPPING));
        List.copyOf(former).forEach(session -> session.abort(STOPPING));
    }

    @Override
    public void idle(SmtpSession session) {
        idle.addLast(session);
        pump();
    }

    @Override
    public void closed(SmtpSession session) {
        idle.remove(session);
        sessions.remove(session);
        former.remove(session);
        loop.execute(this::pump); // after the session has told its transaction
    }

    @Override
    public void again(MailTransaction transaction) {
        if (draining) {
            transaction.postponeAll(STOPPING);
            return;
        }
        waiting.addFirst(transaction);
        limitWait(transaction);
        loop.execute(this::pump);
    }

    @Override
    public void inClearText(MailTransaction transaction, List<String> talkSoFar) {
        if (draining) {
            transaction.postponeAll(STOPPING);
        } else {
            open(transaction, talkSoFar);
        }
    }

    private void pump() {
        if (pumping) {
            return; // the loop below goes on with what has changed
        }
        pumping = true;
        try {
            while (!waiting.isEmpty() && startFirst()) {
                // as long as there are connections
            }
        } finally {
            pumping = false;
        }
        tellWhenEmpty();
    }

    private boolean startFirst() {
        MailTransaction transaction = waiting.element();
        boolean fresh = transaction.wantsFreshConnection();
        if (!fresh && !idle.isEmpty()) {
            SmtpSession session = idle.removeLast(); // the one used last, so that the others can time out
            takeFromQueue(transaction);
            session.take(transaction);
            return true;
        }
        if (sessions.size() < endpoint.maxConnections()) {
            takeFromQueue(transaction);
            open(transaction, List.of());
            return true;
        }
        if (fresh && !idle.isEmpty()) {
            idle.removeFirst().retire(); // its end makes room
        }
        return false;
    }

    private void open(MailTransaction transaction, List<String> talkSoFar) {
        SmtpSession session = new SmtpSession(this, endpoint, loop, environment, transaction, talkSoFar);
        sessions.add(session);
        session.open();
    }

    private void takeFromQueue(MailTransaction transaction) {
        waiting.remove();
        transaction.waitsNoMore();
    }

    private void limitWait(MailTransaction transaction) {
        long millis = environment.settings().maxWait().toMillis();
        transaction.waitsUntil(loop.schedule(
                () -> {
                    if (waiting.remove(transaction)) {
                        transaction.postponeAll("no connection to " + hop + " was free within " + millis
                                + " ms (limit: " + endpoint.maxConnections() + " connections)");
                    }
                },
                millis,
                TimeUnit.MILLISECONDS));
    }

    private void tellWhenEmpty() {
        if (isEmpty()) {
            if (draining) {
                drained.complete(null);
            }
            onEmpty.accept(this);
        }
    }
}
