package io.postrider.delivery.smtp;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.SmtpReply;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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

        /** STARTTLS failed, and clear text will do: the transaction is to have a new connection at once. */
        void inClearText(MailTransaction transaction, List<String> talkSoFar);
    }

    /** What all sessions share. */
    record Environment(SmtpClientSettings settings, Clock clock, Dialer dialer, PeerMemory memory) {}

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
            List<String> talkSoFar) {
        this.owner = owner;
        this.endpoint = endpoint;
        this.loop = loop;
        this.environment = environment;
        this.settings = environment.settings();
        this.setup = new SessionSetup(endpoint, environment, talkSoFar, this);
        this.firstExchange = new Exchange(environment.clock(), endpoint.hostAndPort());
        this.first = first;
    }

    void open() {
        Duration limit = settings.timeouts().connect();
        startTimer(
                limit,
                () -> failConnecting(
                        "no address found for host '" + endpoint.host() + "' within " + limit.toMillis() + " ms"));
        environment.dialer().prepare(endpoint, loop, this::prepared, this::failConnecting);
    }

    /** Takes another transaction; only for a session that is idle. */
    void take(MailTransaction transaction) {
        stopTimer();
        Exchange exchange = new Exchange(environment.clock(), endpoint.hostAndPort());
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

    private void prepared(Dialer.Prepared prepared) {
        if (state != State.CONNECTING) {
            return;
        }
        stopTimer();
        environment
                .dialer()
                .connect(
                        endpoint,
                        prepared.addresses().iterator(),
                        loop,
                        channel -> wire = setup.equip(channel, prepared.tls(), this::lost),
                        this::connected,
                        this::failConnecting);
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
        Talk.remark(setup.talk(), reason);
        MailTransaction transaction = first;
        close();
        String text = "no connection to " + endpoint.hostAndPort() + ": " + reason;
        failFirst(transaction, Outcomes.routeFault(text, Optional.empty()));
    }

    @Override
    public void ready(Capabilities offered) {
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
        MailTransaction transaction = first;
        first = null;
        failFirst(transaction, Outcomes.routeFault(reason, reply));
        quit();
    }

    private void failFirst(@Nullable MailTransaction transaction, DeliveryOutcome outcome) {
        if (transaction != null) {
            firstExchange.secured(setup.security());
            firstExchange.before().addAll(setup.talk());
            transaction.reportAll(outcome, firstExchange);
        }
    }

    private void start(MailTransaction transaction, Exchange exchange, boolean kept) {
        state = State.BUSY;
        transactions++;
        exchange.transactionBegins();
        run = new TransactionRun(
                transaction, exchange, wire(), usable(capabilities), settings.timeouts(), kept, this::finished);
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
        if (setup.clearTextWillDo(loss)) {
            remember(PeerMemory.Fault.STARTTLS);
            Talk.remark(setup.talk(), "STARTTLS failed: clear text on a new connection");
            owner.inClearText(waiting, setup.talk());
        } else {
            Optional<SmtpReply> refusal =
                    loss.reply().filter(ServerReply::isNegative).map(ServerReply::reply);
            failFirst(waiting, Outcomes.routeFault(endpoint.hostAndPort() + ": " + loss.reason(), refusal));
        }
    }

    private void close() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        stopTimer();
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
