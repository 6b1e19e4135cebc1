package io.postrider.delivery.smtp;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.RelayFaults;
import io.postrider.delivery.SevenBitHops;
import io.postrider.mail.SmtpReply;
import io.postrider.route.EgressPool;
import io.postrider.route.Hop;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One connection: opened for a transaction, which bears what goes wrong before the first MAIL as a fault of the route, then lent out for
 * others until it has had enough of them or was idle for too long. Lives on one event loop.
 */
final class SmtpSession implements SessionSetup.Listener, TransactionRun.Line {
    /** A peer that took longer to answer the end of data is given nothing behind it, as that could go elsewhere meanwhile. */
    private static final Duration PROMPT = Duration.ofSeconds(1);

    /** Who lends the connection out. */
    interface Owner {
        /** The session can take another transaction. */
        void idle(SmtpSession session);

        /** A transaction that can go on the session behind the present one, when it is the next in turn. */
        Optional<MailTransaction> next(SmtpSession session);

        /** The session is over; told once. */
        void closed(SmtpSession session);

        /** The transaction is to begin as soon as there is a connection, before all that wait. */
        void again(MailTransaction transaction);

        /** The transaction is to have a new connection at once, as clear text will do, or another address of the site is left. */
        void anew(SmtpSession session, MailTransaction transaction, List<String> talkSoFar);
    }

    /** What all sessions share. */
    record Environment(
            SmtpClientSettings settings,
            Clock clock,
            Dialer dialer,
            PeerMemory memory,
            SilentAddresses silent,
            RandomGenerator random,
            ConnectionBudget budget,
            RateLimits rates,
            SevenBitHops sevenBit,
            RelayFaults faults) {}

    private enum State {
        CONNECTING,
        SETTING_UP,
        BUSY,
        IDLE,
        QUITTING,
        CLOSED
    }

    private final Owner owner;
    private final Endpoint endpoint;
    private final String peer;
    private final EventLoop loop;
    private final SmtpClientSettings settings;
    private final Environment environment;
    private final Journey journey;
    private final SessionSetup setup;
    private final Exchange firstExchange;
    private @Nullable MailTransaction first;
    private State state = State.CONNECTING;
    private Capabilities capabilities = Capabilities.NONE;
    private int transactions;
    private boolean resetNeeded;
    private boolean retiring;
    private @Nullable Wire wire;
    private @Nullable TransactionRun run;
    private @Nullable TransactionRun sentAhead;
    private boolean prompt;
    private final Alarm idleTime;
    private @Nullable Race race;
    private Optional<Itinerary.Leg> current = Optional.empty();

    /**
     * @param first for whose sake the connection is opened
     * @param talkSoFar what was said on an earlier connection for its sake
     */
    SmtpSession(
            Owner owner,
            Endpoint endpoint,
            EventLoop loop,
            Environment environment,
            MailTransaction first,
            List<String> talkSoFar,
            Journey journey) {
        this.owner = owner;
        this.journey = journey;
        this.endpoint = endpoint;
        this.peer = endpoint.hostAndPort();
        this.loop = loop;
        this.environment = environment;
        this.settings = environment.settings();
        this.setup = new SessionSetup(endpoint, environment, talkSoFar, this);
        this.firstExchange = new Exchange(environment.clock(), peer, journey.site());
        this.first = first;
        this.idleTime = new Alarm(loop, this::retire);
    }

    /**
     * The addresses of one host, and what is left beside it.
     *
     * @param site empty where the hop is one host
     */
    record Journey(String site, List<Itinerary.Leg> legs, Itinerary itinerary) {}

    Itinerary itinerary() {
        return journey.itinerary();
    }

    void open() {
        environment.dialer().prepareTls(endpoint, loop, this::race, reason -> {
            journey.itinerary().giveUp(journey.legs());
            noteFault(true, reason);
            Talk.remark(setup.talk(), reason);
            failConnecting(reason);
        });
    }

    private void race(Optional<SslContext> tls) {
        if (state != State.CONNECTING) {
            return;
        }
        Race begun = environment
                .dialer()
                .race(endpoint.port(), settings.attemptDelay(), loop, journey.legs(), new Race.Listener() {
                    @Override
                    public void failed(Itinerary.Leg leg, String reason) {
                        journey.itinerary().didNotAnswer(leg);
                        Talk.remark(setup.talk(), "no connection to " + text(leg.stop()) + ": " + reason);
                    }

                    @Override
                    public void sourceFailed(Itinerary.Leg leg, String reason) {
                        journey.itinerary().unusable(leg);
                        String source = leg.source().orElseThrow().address().getHostAddress();
                        Talk.remark(setup.talk(), "no connection from the source " + source + ": " + reason);
                    }

                    @Override
                    public void won(SocketChannel channel, Itinerary.Leg leg, List<Itinerary.Leg> untried) {
                        journey.itinerary().putBack(untried);
                        current = Optional.of(leg);
                        leg.source().flatMap(EgressPool.Source::ehloName).ifPresent(setup::introduceAs);
                        Talk.remark(setup.talk(), "connected to " + text(leg.stop()));
                        wire = setup.equip(channel, tls, SmtpSession.this::lost);
                        connected();
                        channel.config().setAutoRead(true);
                    }

                    @Override
                    public void lost() {
                        String remarks = String.join(
                                "; ",
                                setup.talk().stream()
                                        .filter(line -> line.startsWith("* no connection"))
                                        .map(line -> line.substring(2))
                                        .toList());
                        noteFault(false, remarks);
                        failConnecting(remarks);
                    }
                });
        race = begun;
        begun.start();
    }

    private String text(Itinerary.Stop stop) {
        return stop.host().equals(stop.address().getHostAddress())
                ? peer
                : stop.host() + " [" + stop.address().getHostAddress() + "]";
    }

    /** Takes another transaction; only for a session that is idle. */
    void take(MailTransaction transaction) {
        idleTime.lift();
        start(transaction, keptExchange(""), true);
    }

    private Exchange keptExchange(String remark) {
        Exchange exchange = new Exchange(environment.clock(), peer, journey.site());
        exchange.kept(wire().channel().localAddress(), wire().channel().remoteAddress(), setup.security());
        Talk.remark(exchange.before(), "connection kept, transaction " + (transactions + 1) + " on it" + remark);
        return exchange;
    }

    @Override
    public List<Command> behind(TransactionRun current) {
        while (maySendAheadBehind(current)) {
            Optional<MailTransaction> next = owner.next(this);
            if (next.isEmpty()) {
                return List.of();
            }
            TransactionRun behind =
                    run(next.get(), keptExchange(", sent with the end of the data of the one before"), true);
            List<Command> envelope = behind.beginBehind();
            if (!envelope.isEmpty()) {
                sentAhead = behind;
                return envelope;
            }
        }
        return List.of();
    }

    /** Never where the connection may have to end behind the present transaction, or what is left over of that comes first. */
    private boolean maySendAheadBehind(TransactionRun current) {
        return prompt
                && !retiring
                && transactions < endpoint.messagesPerConnection()
                && !current.transaction().hasAny(MailTransaction.Stage.LEFT_OVER)
                && usable(capabilities).pipelining()
                && !knowsFault(PeerMemory.Fault.SENT_AHEAD);
    }

    boolean isRetiring() {
        return retiring;
    }

    /** Says QUIT as soon as nothing is under way. */
    void retire() {
        retiring = true;
        if (state == State.IDLE) {
            quit();
        }
    }

    /** Ends the session now. What has not been sent whole is postponed, the outcome of what has is unknown. */
    void abort(String reason) {
        if (run != null && !run.isBehindTheDot()) {
            run.transaction().postponeAll(reason);
        } else if (first != null) {
            first.postponeAll(reason);
        }
        if (sentAhead != null) {
            sentAhead.transaction().postponeAll(reason);
        }
        if (wire == null) {
            close();
        } else {
            wire.lose(Loss.of(reason));
        }
    }

    private void connected() {
        if (state == State.CONNECTING) {
            state = State.SETTING_UP;
            firstExchange.connected(
                    wire().channel().localAddress(), wire().channel().remoteAddress());
            setup.begin();
        }
    }

    private void failConnecting(String reason) {
        if (state != State.CONNECTING) {
            return;
        }
        MailTransaction transaction = first;
        close();
        failFirst(transaction, Outcomes.routeFault(reason, Optional.empty()));
    }

    @Override
    public void ready(Capabilities offered) {
        current.ifPresent(journey.itinerary()::answered);
        capabilities = offered;
        MailTransaction transaction = first;
        first = null;
        if (transaction != null) {
            firstExchange.secured(setup.security());
            firstExchange.before().addAll(setup.talk());
            start(transaction, firstExchange, false);
        }
    }

    @Override
    public void refused(String reason, Optional<SmtpReply> reply) {
        current.ifPresent(journey.itinerary()::answered);
        Talk.remark(setup.talk(), reason);
        noteFault(reply.map(SmtpReply::isPermanent).orElse(true), reason);
        MailTransaction transaction = first;
        first = null;
        failFirst(transaction, Outcomes.routeFault(reason, reply));
        quit();
    }

    private void failFirst(@Nullable MailTransaction transaction, DeliveryOutcome outcome) {
        if (transaction == null) {
            return;
        }
        if (!journey.itinerary().isOver()) {
            owner.anew(this, transaction, setup.talk());
            return;
        }
        firstExchange.secured(setup.security());
        firstExchange.before().addAll(setup.talk());
        transaction.reportAll(outcome, firstExchange);
    }

    private void noteFault(boolean lasting, String reason) {
        if (first != null) {
            noteFault(lasting, first.hop(), reason);
        }
    }

    private void noteFault(boolean lasting, Hop hop, String reason) {
        environment.faults().failed(hop, lasting, reason);
    }

    private void start(MailTransaction transaction, Exchange exchange, boolean kept) {
        state = State.BUSY;
        TransactionRun begun = run(transaction, exchange, kept);
        run = begun;
        begun.begin(resetNeeded);
    }

    private TransactionRun run(MailTransaction transaction, Exchange exchange, boolean kept) {
        transactions++;
        exchange.transactionBegins();
        return new TransactionRun(
                transaction,
                exchange,
                wire(),
                usable(capabilities),
                environment.sevenBit(),
                environment.faults(),
                settings.timeouts(),
                kept,
                this);
    }

    /** What the peer offers and has not shown to be unable to do. */
    private Capabilities usable(Capabilities offered) {
        Capabilities usable = offered;
        if (knowsFault(PeerMemory.Fault.PIPELINING)) {
            usable = usable.without("PIPELINING");
        }
        if (knowsFault(PeerMemory.Fault.PARAMETERS)) {
            usable = usable.without("SIZE", "8BITMIME", "DSN");
        }
        return usable;
    }

    private boolean knowsFault(PeerMemory.Fault fault) {
        return environment.memory().has(peer, fault);
    }

    private void learnFrom(TransactionRun finished) {
        if (finished.hadParametersRefused()) {
            remember(PeerMemory.Fault.PARAMETERS);
        }
    }

    private void remember(PeerMemory.Fault fault) {
        environment.memory().remember(peer, fault);
    }

    @Override
    public void done(TransactionRun finished) {
        run = sentAhead;
        sentAhead = null;
        prompt = finished.answerTime().compareTo(PROMPT) < 0;
        learnFrom(finished);
        resetNeeded = finished.resetNeeded();
        finished.transaction().leftOver().ifPresent(owner::again);
        if (run != null) {
            return;
        }
        if (retiring || transactions >= endpoint.messagesPerConnection()) {
            quit();
            return;
        }
        state = State.IDLE;
        idleTime.set(settings.idleTimeout());
        owner.idle(this);
    }

    private void quit() {
        idleTime.lift();
        state = State.QUITTING;
        wire().whenQuiet(() -> wire().send(List.of(new Command(
                "QUIT",
                settings.timeouts().quit(),
                new ArrayList<>(),
                reply -> wire().lose(Loss.of("QUIT was answered"))))));
    }

    private void lost(Loss loss) {
        TransactionRun lostRun = run;
        TransactionRun behind = sentAhead;
        MailTransaction waiting = first;
        close();
        if (behind != null) {
            if (loss.reply().isEmpty()) {
                remember(PeerMemory.Fault.SENT_AHEAD);
            }
            if (behind.transaction().isUndecided()) {
                again(behind, loss);
            }
        }
        if (lostRun != null) {
            learnFrom(lostRun);
            if (lostRun.chokedOnWhatWasSentAhead(loss)) {
                remember(PeerMemory.Fault.SENT_AHEAD);
            } else if (lostRun.chokedOnPipelining(loss)) {
                remember(PeerMemory.Fault.PIPELINING);
            }
            if (lostRun.lost(loss)) {
                again(lostRun, loss);
            } else {
                lostRun.transaction().leftOver().ifPresent(owner::again);
            }
        } else if (waiting != null) {
            lostBeforeMail(waiting, loss);
        }
    }

    private void again(TransactionRun lost, Loss loss) {
        owner.again(lost.transaction()
                .onFreshConnection(lost.saidBefore(), loss.reason() + ": once more, on a new connection"));
    }

    private void lostBeforeMail(MailTransaction waiting, Loss loss) {
        Talk.remark(setup.talk(), loss.reason());
        if (setup.isGreeted()) {
            current.ifPresent(journey.itinerary()::answered);
        }
        if (setup.clearTextWillDo(loss)) {
            remember(PeerMemory.Fault.STARTTLS);
            Talk.remark(setup.talk(), "STARTTLS failed: clear text on a new connection");
            journey.itinerary().putBack(current.stream().toList());
            owner.anew(this, waiting, setup.talk());
        } else {
            if (!setup.isGreeted()) {
                current.ifPresent(journey.itinerary()::didNotAnswer);
            }
            Optional<SmtpReply> refusal =
                    loss.reply().filter(ServerReply::isNegative).map(ServerReply::reply);
            String reason = peer + ": " + loss.reason();
            noteFault(loss.certificateRefused(), waiting.hop(), reason);
            failFirst(waiting, Outcomes.routeFault(reason, refusal));
        }
    }

    private void close() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        idleTime.end();
        if (race != null) {
            race.callOff();
        }
        run = null;
        sentAhead = null;
        first = null;
        owner.closed(this);
    }

    private Wire wire() {
        if (wire == null) {
            throw new IllegalStateException("not connected");
        }
        return wire;
    }
}
