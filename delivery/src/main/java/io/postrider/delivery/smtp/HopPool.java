package io.postrider.delivery.smtp;

import io.netty.channel.EventLoop;
import io.postrider.delivery.DeliveryEngine.Load;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.Lane;
import io.postrider.route.Hop;
import io.postrider.shaping.TokenBucket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The connections to one hop, and the transactions that wait for one. Lives on one event loop. */
final class HopPool implements SmtpSession.Owner {
    static final String STOPPING = "the service is stopping";
    private static final int LOOKS_AT_WAITING = 20; // within maxWait
    private static final Duration SHORTEST_LOOK = Duration.ofMillis(1);
    private static final long TRIM_MILLIS = 1_000;

    private final Key key;
    private final EventLoop loop;
    private final SmtpSession.Environment environment;
    private final Consumer<HopPool> onEmpty;
    private final WaitingLine waiting = new WaitingLine();
    private final Set<SmtpSession> sessions = new LinkedHashSet<>();
    private final Set<SmtpSession> former = new LinkedHashSet<>(); // to an endpoint that was replaced
    private final Deque<SmtpSession> idle = new ArrayDeque<>();
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final Alarm maxWait;
    private final Alarm rateWait;
    private Destination destination;
    private boolean draining;
    private boolean pumping;
    private @Nullable Future<?> trimming;

    /**
     * Whose connections these are.
     *
     * @param site empty for a hop that is one host
     * @param rule the shaping rule of some domains of the site alone; empty for the others
     */
    record Key(Hop hop, String site, String rule) {
        Key(Hop hop, String site) {
            this(hop, site, "");
        }

        Lane lane() {
            return new Lane(hop, rule.isEmpty() ? site : site + " by " + rule);
        }

        @Override
        public String toString() {
            return lane().toString();
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
        this.maxWait = new Alarm(loop, this::postponeOverdue);
        this.rateWait = new Alarm(loop, this::pump);
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
        Optional<TokenBucket> rate = rate();
        boolean full = waiting.size() >= environment.settings().maxPending();
        for (MailTransaction transaction : transactions) {
            if (draining) {
                transaction.postponeAll(STOPPING);
                continue;
            }
            Optional<String> noRoom = full ? Optional.of(tooManyWait()) : noRoomFor(transaction, rate);
            if (noRoom.isEmpty()) {
                letWait(transaction);
                continue;
            }
            // Who has more waiting than others makes room for them.
            Optional<MailTransaction> other = waiting.makeRoomFor(transaction.tenant());
            other.ifPresent(latest -> letWait(transaction));
            other.orElse(transaction).noRoom(key.lane(), noRoom.get());
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
        for (MailTransaction latest : waiting.latestFirst()) {
            if (!latest.mayStay(key.lane(), load)) {
                waiting.remove(latest);
                leaving.addFirst(latest);
                load = new Load(
                        load.transactions() - 1, load.bytes() - latest.content().size(), load.longest());
            }
        }
        leaving.forEach(transaction -> transaction.noRoom(key.lane(), "others wait for a connection to " + key));
        trimSoon();
    }

    private String tooManyWait() {
        return key + " has " + waiting.size() + " transactions waiting (limit: "
                + environment.settings().maxPending() + ")";
    }

    private Optional<String> noRoomFor(MailTransaction transaction, Optional<TokenBucket> rate) {
        Duration limit = environment.settings().maxWait();
        if (rate.isPresent() && waiting.size() >= rate.get().allowedWithin(limit)) {
            return Optional.of(tooFast(rate.get(), "and " + waiting.size() + " wait for that already"));
        }
        return waiting.isEmpty() || transaction.mayWait(key.lane(), load())
                ? Optional.empty()
                : Optional.of("others wait for a connection to " + key);
    }

    private String tooFast(TokenBucket rate, String what) {
        return destination.rule().orElseThrow() + " lets " + rate.rate() + " go to " + key + ", " + what;
    }

    private void letWait(MailTransaction transaction) {
        limitWait(transaction);
        waiting.add(transaction);
    }

    private Load load() {
        return new Load(
                waiting.size(),
                waiting.bytes(),
                Duration.between(
                        waiting.next().orElseThrow().handedOverAt(),
                        environment.clock().instant()));
    }

    private Optional<TokenBucket> rate() {
        return environment.rates().of(key, destination.rule());
    }

    /** Lets what is under way come to its end and takes nothing more. */
    void drain() {
        draining = true;
        waiting.removeAll().forEach(transaction -> transaction.postponeAll(STOPPING));
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
    public Optional<MailTransaction> next(SmtpSession session) {
        return waiting.next()
                .filter(transaction -> !transaction.wantsFreshConnection() && isInRate(transaction))
                .map(transaction -> take());
    }

    @Override
    public void closed(SmtpSession session) {
        idle.remove(session);
        environment.budget().giveBack(this);
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
        limitWait(transaction);
        waiting.addFirst(transaction);
        loop.execute(this::pump);
    }

    @Override
    public void anew(SmtpSession session, MailTransaction transaction, List<String> talkSoFar) {
        if (draining) {
            transaction.postponeAll(STOPPING);
            return;
        }
        environment.budget().takeAnyway(this);
        open(transaction, talkSoFar, session.itinerary());
    }

    private void pump() {
        if (pumping) {
            return; // the loop below goes on with what has changed
        }
        pumping = true;
        try {
            Optional<MailTransaction> next = waiting.next();
            while (next.isPresent() && isInRate(next.get()) && start(next.get())) {
                next = waiting.next(); // as long as there are connections
            }
        } finally {
            pumping = false;
        }
        tellWhenEmpty();
    }

    /** Whether no rate holds it back; else the pool looks again when it does not. */
    private boolean isInRate(MailTransaction transaction) {
        Duration left =
                transaction.countsForRate() ? rate().map(TokenBucket::untilNext).orElse(Duration.ZERO) : Duration.ZERO;
        if (left.isZero()) {
            return true;
        }
        rateWait.set(left.compareTo(SHORTEST_LOOK) < 0 ? SHORTEST_LOOK : left);
        return false;
    }

    private MailTransaction take() {
        MailTransaction taken = waiting.remove();
        if (taken.countsForRate()) {
            rate().ifPresent(TokenBucket::take);
            taken.isCounted();
        }
        return taken;
    }

    private boolean start(MailTransaction transaction) {
        boolean fresh = transaction.wantsFreshConnection();
        if (!fresh && !idle.isEmpty()) {
            SmtpSession session = idle.removeLast(); // the one used last, so that the others can time out
            take();
            tellIdle();
            session.take(transaction);
            return true;
        }
        if (sessions.size() < destination.endpoint().maxConnections()
                && environment.budget().take(this)) {
            take();
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
        destination.rule().ifPresent(rule -> Talk.remark(talk, "limits: " + rule));
        destination.remarks().forEach(remark -> Talk.remark(talk, remark));
        return talk;
    }

    /** One of the connections that the budget counts is for this. */
    private void open(MailTransaction transaction, List<String> talkSoFar, Itinerary itinerary) {
        SmtpSession.Journey journey = new SmtpSession.Journey(key.site(), itinerary.next(), itinerary);
        if (journey.legs().isEmpty()) {
            environment.budget().giveBack(this);
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

    /** Another pool that has fewer connections waits for one. */
    void giveOneUp() {
        if (idle.isEmpty()) {
            sessions.stream()
                    .filter(session -> !session.isRetiring())
                    .findFirst()
                    .ifPresent(SmtpSession::retire);
        } else {
            retireIdle();
        }
    }

    /** There is a connection for this pool now. */
    void wake() {
        pump();
        environment.budget().tookWhatItNeeds(this);
    }

    private void tellIdle() {
        environment.budget().hasIdle(this, !idle.isEmpty());
    }

    private void limitWait(MailTransaction transaction) {
        Duration limit = environment.settings().maxWait();
        transaction.waitsUntil(System.nanoTime() + limit.toNanos());
        if (!maxWait.isSet()) {
            maxWait.set(limit);
        }
    }

    private void postponeOverdue() {
        long now = System.nanoTime();
        Duration limit = environment.settings().maxWait();
        List<MailTransaction> overdue = waiting.removeOverdue(now);
        waiting.firstOverdueAfter(now)
                .ifPresent(next -> maxWait.set(
                        Duration.ofNanos(Math.max(next, limit.toNanos() / LOOKS_AT_WAITING)))); // else one by one
        String within = " within " + limit.toMillis() + " ms";
        String reason = rate().filter(rate -> !rate.untilNext().isZero())
                .map(rate -> tooFast(rate, "and its turn did not come" + within))
                .orElseGet(() -> "no connection to " + key + " was free" + within + " (limit: "
                        + destination.endpoint().maxConnections() + " connections" + ruleOfConnections() + ")");
        overdue.forEach(transaction -> transaction.noRoom(key.lane(), reason));
    }

    private String ruleOfConnections() {
        return destination
                .rule()
                .filter(rule -> rule.limits().maxConnections().isPresent())
                .map(rule -> " by " + rule)
                .orElse("");
    }

    private void tellWhenEmpty() {
        if (isEmpty()) {
            maxWait.end();
            rateWait.end();
            if (draining) {
                drained.complete(null);
            }
            environment.budget().forget(this);
            onEmpty.accept(this);
        }
    }
}
