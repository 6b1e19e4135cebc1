package io.postrider.delivery.smtp;

import io.netty.channel.EventLoop;
import io.postrider.delivery.DeliveryEngine.Load;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.Lane;
import io.postrider.route.Hop;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The connections to one hop, and the transactions that wait for one, first come, first served. Lives on one event loop. */
final class HopPool implements SmtpSession.Owner {
    static final String STOPPING = "the service is stopping";
    private static final long TRIM_MILLIS = 1_000;

    private final Key key;
    private final EventLoop loop;
    private final SmtpSession.Environment environment;
    private final Consumer<HopPool> onEmpty;
    private final Deque<MailTransaction> waiting = new ArrayDeque<>();
    private final Set<SmtpSession> sessions = new LinkedHashSet<>();
    private final Set<SmtpSession> former = new LinkedHashSet<>(); // to an endpoint that was replaced
    private final Deque<SmtpSession> idle = new ArrayDeque<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private Destination destination;
    private boolean draining;
    private boolean pumping;
    private @Nullable Future<?> trimming;

    /**
     * Whose connections these are.
     *
     * @param site empty for a hop that is one host
     */
    record Key(Hop hop, String site) {
        Lane lane() {
            return new Lane(hop, site);
        }

        @Override
        public String toString() {
            return site.isEmpty() ? hop.toString() : hop + " to " + site;
        }
    }

    /** @param onEmpty told each time that the last connection has gone while nothing waits */
    HopPool(
            Key key,
            Destination destination,
            EventLoop loop,
            SmtpSession.Environment environment,
            Consumer<HopPool> onEmpty) {
        this.key = key;
        this.destination = destination;
        this.loop = loop;
        this.environment = environment;
        this.onEmpty = onEmpty;
    }

    Key key() {
        return key;
    }

    EventLoop loop() {
        return loop;
    }

    boolean isEmpty() {
        return waiting.isEmpty() && sessions.isEmpty() && former.isEmpty();
    }

    /** Lets the transactions of one consignment wait their turn, for the endpoint as it is now. */
    void submit(List<MailTransaction> transactions, Destination current) {
        boolean shared = current.sharesWith(destination);
        destination = current;
        if (!shared) {
            former.addAll(sessions);
            sessions.clear();
            idle.clear();
            tellIdle();
            List.copyOf(former).forEach(SmtpSession::retire);
        }
        int maxPending = environment.settings().maxPending();
        boolean full = waiting.size() >= maxPending;
        for (MailTransaction transaction : transactions) {
            if (draining) {
                transaction.postponeAll(STOPPING);
            } else if (full) {
                transaction.noRoom(
                        key.lane(),
                        key + " has " + waiting.size() + " transactions waiting (limit: " + maxPending + ")");
            } else if (!waiting.isEmpty() && !transaction.mayWait(key.lane(), load())) {
                transaction.noRoom(key.lane(), "others wait for a connection to " + key);
            } else {
                waiting.addLast(transaction);
                limitWait(transaction);
            }
        }
        pump();
        trimSoon();
    }

    private void trimSoon() {
        if (trimming == null && !waiting.isEmpty()) {
            trimming = loop.schedule(this::trim, TRIM_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Of those that wait, the latest go when there are too many for what they hold up. */
    private void trim() {
        trimming = null;
        if (waiting.isEmpty()) {
            return;
        }
        Load load = load();
        Deque<MailTransaction> leaving = new ArrayDeque<>();
        for (Iterator<MailTransaction> latestFirst = waiting.descendingIterator(); latestFirst.hasNext(); ) {
            MailTransaction latest = latestFirst.next();
            if (!latest.mayStay(key.lane(), load)) {
                latestFirst.remove();
                latest.waitsNoMore();
                leaving.addFirst(latest);
                load = new Load(
                        load.transactions() - 1, load.bytes() - latest.content().size(), load.longest());
            }
        }
        leaving.forEach(transaction -> transaction.noRoom(key.lane(), "others wait for a connection to " + key));
        trimSoon();
    }

    private Load load() {
        return new Load(
                waiting.size(),
                waiting.stream()
                        .mapToLong(transaction -> transaction.content().size())
                        .sum(),
                Duration.between(
                        waiting.element().handedOverAt(), environment.clock().instant()));
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
        tellIdle();
    }

    @Override
    public void closed(SmtpSession session) {
        idle.remove(session);
        environment.budget().giveBack();
        tellIdle();
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
    public void anew(SmtpSession session, MailTransaction transaction, List<String> talkSoFar) {
        if (draining) {
            transaction.postponeAll(STOPPING);
            return;
        }
        environment.budget().takeAnyway();
        open(transaction, talkSoFar, session.itinerary());
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
            tellIdle();
            session.take(transaction);
            return true;
        }
        if (sessions.size() < destination.endpoint().maxConnections()
                && environment.budget().take(this)) {
            takeFromQueue(transaction);
            open(transaction, remarks(), itinerary(transaction));
            return true;
        }
        if (fresh && !idle.isEmpty()) {
            idle.removeFirst().retire(); // its end makes room
        }
        return false;
    }

    private Itinerary itinerary(MailTransaction transaction) {
        return new Itinerary(destination, environment.silent(), environment.random(), transaction.isUrgent());
    }

    private List<String> remarks() {
        List<String> talk = new ArrayList<>();
        if (!key.site().isEmpty()) {
            Talk.remark(talk, "site: " + key.site());
        }
        destination.remarks().forEach(remark -> Talk.remark(talk, remark));
        return talk;
    }

    /** One of the connections that the budget counts is for this. */
    private void open(MailTransaction transaction, List<String> talkSoFar, Itinerary itinerary) {
        SmtpSession.Journey journey = new SmtpSession.Journey(key.site(), itinerary.next(), itinerary);
        if (journey.legs().isEmpty()) {
            environment.budget().giveBack();
            nowhereToGo(transaction, talkSoFar, itinerary);
            return;
        }
        Endpoint endpoint =
                destination.endpoint().with(journey.legs().get(0).stop().host());
        SmtpSession session = new SmtpSession(this, endpoint, loop, environment, transaction, talkSoFar, journey);
        sessions.add(session);
        session.open();
    }

    private void nowhereToGo(MailTransaction transaction, List<String> talkSoFar, Itinerary itinerary) {
        Exchange exchange = new Exchange(environment.clock(), "", key.site());
        exchange.before().addAll(talkSoFar);
        String earlier =
                talkSoFar.isEmpty() ? "" : talkSoFar.get(talkSoFar.size() - 1).substring(2) + "; ";
        boolean tried = talkSoFar.size() > remarks().size();
        Talk.remark(exchange.before(), itinerary.whyOver());
        DeliveryOutcome outcome =
                Outcomes.routeFault((tried ? earlier : "") + key + ": " + itinerary.whyOver(), Optional.empty());
        Optional<Instant> closedUntil = tried ? Optional.empty() : itinerary.closedUntil();
        if (closedUntil.isPresent()) {
            transaction.closed(key.lane(), closedUntil.get(), outcome, exchange);
        } else {
            transaction.reportAll(outcome, exchange);
        }
    }

    /** Closes a connection that is idle, as another pool has none. */
    void retireIdle() {
        if (!idle.isEmpty()) {
            idle.removeFirst().retire();
        }
        tellIdle();
    }

    /** There may be a connection now. */
    void wake() {
        pump();
    }

    private void tellIdle() {
        environment.budget().hasIdle(this, !idle.isEmpty());
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
                        transaction.noRoom(
                                key.lane(),
                                "no connection to " + key + " was free within " + millis + " ms (limit: "
                                        + destination.endpoint().maxConnections() + " connections)");
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
            environment.budget().forget(this);
            onEmpty.accept(this);
        }
    }
}
