package io.postrider.delivery.smtp;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
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
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One connection: opened for a transaction, which bears what goes wrong before the first MAIL as a fault of the route, then lent out for
 * others until it has had enough of them or was idle for too long. Lives on one event loop.
 */
final class SmtpSession implements SessionSetup.Listener {
    /** Who lends the connection out. */
    interface Owner {
        /** The session can take another transaction. */
        void idle(SmtpSession session);

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
    private @Nullable Future<?> timer;
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
        this.loop = loop;
        this.environment = environment;
        this.settings = environment.settings();
        this.setup = new SessionSetup(endpoint, environment, talkSoFar, this);
        this.firstExchange = new Exchange(environment.clock(), endpoint.hostAndPort(), journey.site());
        this.first = first;
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
                ? endpoint.hostAndPort()
                : stop.host() + " [" + stop.address().getHostAddress() + "]";
    }

    /** Takes another transaction; only for a session that is idle. */
    void take(MailTransaction transaction) {
        stopTimer();
        Exchange exchange = new Exchange(environment.clock(), endpoint.hostAndPort(), journey.site());
        exchange.kept(wire().channel().localAddress(), wire().channel().remoteAddress(), setup.security());
        Talk.remark(exchange.before(), "connection kept, transaction " + (transactions + 1) + " on it");
        start(transaction, exchange, true);
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
        transactions++;
        exchange.transactionBegins();
        run = new TransactionRun(
                transaction,
                exchange,
                wire(),
                usable(capabilities),
                environment.sevenBit(),
                environment.faults(),
                settings.timeouts(),
                kept,
                this::finished);
        run.begin(resetNeeded);
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
        return environment.memory().has(endpoint.hostAndPort(), fault);
    }

    private void learnFrom(TransactionRun finished) {
        if (finished.hadParametersRefused()) {
            remember(PeerMemory.Fault.PARAMETERS);
        }
    }

    private void remember(PeerMemory.Fault fault) {
        environment.memory().remember(endpoint.hostAndPort(), fault);
    }

    private void finished(TransactionRun finished) {
        run = null;
        learnFrom(finished);
        resetNeeded = finished.resetNeeded();
        finished.transaction().leftOver().ifPresent(owner::again);
        if (retiring || transactions >= endpoint.messagesPerConnection()) {
            quit();
            return;
        }
        state = State.IDLE;
        startTimer(settings.idleTimeout(), this::retire);
        owner.idle(this);
    }

    private void quit() {
        stopTimer();
        state = State.QUITTING;
        wire().whenQuiet(() -> wire().send(List.of(new Command(
                "QUIT",
                settings.timeouts().quit(),
                new ArrayList<>(),
                reply -> wire().lose(Loss.of("QUIT was answered"))))));
    }

    private void lost(Loss loss) {
        TransactionRun lostRun = run;
        MailTransaction waiting = first;
        close();
        if (lostRun != null) {
            learnFrom(lostRun);
            if (lostRun.chokedOnPipelining(loss)) {
                remember(PeerMemory.Fault.PIPELINING);
            }
            if (lostRun.lost(loss)) {
                owner.again(lostRun.transaction()
                        .onFreshConnection(lostRun.saidBefore(), loss.reason() + ": once more, on a new connection"));
            } else {
                lostRun.transaction().leftOver().ifPresent(owner::again);
            }
        } else if (waiting != null) {
            lostBeforeMail(waiting, loss);
        }
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
            String reason = endpoint.hostAndPort() + ": " + loss.reason();
            noteFault(loss.certificateRefused(), waiting.hop(), reason);
            failFirst(waiting, Outcomes.routeFault(reason, refusal));
        }
    }

    private void close() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        stopTimer();
        if (race != null) {
            race.callOff();
        }
        run = null;
        first = null;
        owner.closed(this);
    }

    private void startTimer(Duration delay, Runnable action) {
        stopTimer();
        timer = loop.schedule(action, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private Wire wire() {
        if (wire == null) {
            throw new IllegalStateException("not connected");
        }
        return wire;
    }
}
