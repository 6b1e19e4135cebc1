package io.postrider.delivery.smtp;

import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.SmtpReply;
import io.postrider.route.Relay.TlsMode;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One connection: connect, greeting, EHLO, STARTTLS, AUTH, then transactions until it has had enough of them. What goes wrong before the
 * first MAIL is a fault of the route, never of a recipient. Lives on one event loop.
 */
final class SmtpSession {
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
    record Environment(SmtpClientSettings settings, Clock clock, Dialer dialer, BrokenTlsMemory brokenTls) {}

    private enum State {
        CONNECTING,
        SETTING_UP,
        SECURING,
        BUSY,
        IDLE,
        QUITTING,
        CLOSED
    }

    private final Owner owner;
    private final Endpoint endpoint;
    private final EventLoop loop;
    private final SmtpClientSettings settings;
    private final SmtpClientSettings.Timeouts timeouts;
    private final Environment environment;
    private final List<String> setupTalk = new ArrayList<>();
    private State state = State.CONNECTING;
    private Capabilities capabilities = Capabilities.NONE;
    private Optional<SslContext> tlsContext = Optional.empty();
    private String tls = "";
    private String source = "";
    private int transactions;
    private boolean resetNeeded;
    private boolean retiring;
    private @Nullable Wire wire;
    private @Nullable MailTransaction first;
    private @Nullable Exchange setup;
    private @Nullable TransactionRun run;
    private @Nullable Future<?> timer;

    SmtpSession(Owner owner, Endpoint endpoint, EventLoop loop, Environment environment) {
        this.owner = owner;
        this.endpoint = endpoint;
        this.loop = loop;
        this.environment = environment;
        this.settings = environment.settings();
        this.timeouts = settings.timeouts();
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** Connects for the sake of a transaction, which bears what happens on the way. */
    void open(MailTransaction transaction, List<String> talkSoFar) {
        first = transaction;
        setup = new Exchange(environment.clock(), endpoint.hostAndPort());
        setupTalk.addAll(talkSoFar);
        timer = loop.schedule(
                () -> failConnecting("no address found for host '" + endpoint.host() + "' within "
                        + timeouts.connect().toMillis() + " ms"),
                timeouts.connect().toMillis(),
                TimeUnit.MILLISECONDS);
        environment.dialer().prepare(endpoint, loop, this::prepared, this::failConnecting);
    }

    /** Takes another transaction; only for a session that is idle. */
    void take(MailTransaction transaction) {
        stopTimer();
        Exchange exchange = new Exchange(environment.clock(), endpoint.hostAndPort());
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
        tlsContext = prepared.tls();
        environment
                .dialer()
                .connect(endpoint, prepared.addresses().iterator(), loop, this::equip, (connected, reason) -> {
                    if (state != State.CONNECTING) {
                        return;
                    }
                    if (connected) {
                        connected();
                    } else {
                        failConnecting(reason);
                    }
                });
    }

    private void equip(SocketChannel channel) {
        ReplyDecoder decoder = new ReplyDecoder();
        Command greeting = new Command("", "the connection", timeouts.greeting(), setupTalk, this::onGreeting);
        wire = new Wire(decoder, greeting, this::lost);
        channel.pipeline().addLast(decoder, wire);
        if (endpoint.tls().mode() == TlsMode.IMPLICIT) {
            channel.pipeline().addFirst(tlsHandler(channel));
        }
    }

    private void connected() {
        state = State.SETTING_UP;
        source = ((InetSocketAddress) wire().channel().localAddress())
                .getAddress()
                .getHostAddress();
        setup().connected(source);
        SslHandler implicit = wire().channel().pipeline().get(SslHandler.class);
        if (implicit == null) {
            wire().awaitGreeting();
        } else {
            wire().awaitHandshake(implicit, timeouts.handshake(), () -> {
                secured(implicit);
                wire().awaitGreeting();
            });
        }
    }

    private void failConnecting(String reason) {
        if (state != State.CONNECTING) {
            return;
        }
        MailTransaction transaction = first;
        Exchange exchange = setup();
        exchange.before().addAll(setupTalk);
        Talk.remark(exchange.before(), reason);
        close();
        if (transaction != null) {
            String text = "no connection to " + endpoint.hostAndPort() + ": " + reason;
            transaction.reportAll(Outcomes.routeFault(text, Optional.empty()), exchange);
        }
    }

    private void onGreeting(ServerReply reply) {
        if (reply.code() == 220) {
            ehlo();
        } else {
            refused("the connection", reply);
        }
    }

    private void ehlo() {
        capabilities = Capabilities.NONE; // whatever was said before TLS is forgotten
        ask("EHLO " + settings.ehloName(), reply -> {
            if (reply.isPositive()) {
                capabilities = Capabilities.of(reply);
                greeted();
            } else if (reply.code() >= 500 && !reply.isClosing()) {
                helo();
            } else {
                refused("EHLO", reply);
            }
        });
    }

    private void helo() {
        ask("HELO " + settings.ehloName(), reply -> {
            if (reply.isPositive()) {
                greeted();
            } else {
                refused("HELO", reply);
            }
        });
    }

    private void greeted() {
        TlsMode mode = endpoint.tls().mode();
        boolean wanted = mode == TlsMode.STARTTLS
                || mode == TlsMode.OPPORTUNISTIC && !environment.brokenTls().isBroken(endpoint.hostAndPort());
        if (!tls.isEmpty() || !wanted) {
            authenticate();
        } else if (capabilities.startTls()) {
            startTls();
        } else if (mode == TlsMode.STARTTLS) {
            routeFault(endpoint.hostAndPort() + " does not offer STARTTLS, which the relay requires", Optional.empty());
        } else {
            authenticate();
        }
    }

    private void startTls() {
        ask("STARTTLS", reply -> {
            if (reply.code() == 220) {
                state = State.SECURING;
                wire().whenQuiet(() -> {
                    SslHandler handler = tlsHandler((SocketChannel) wire().channel());
                    wire().startTls(handler, timeouts.handshake(), () -> {
                        state = State.SETTING_UP;
                        secured(handler);
                        ehlo();
                    });
                });
            } else if (reply.isClosing()) {
                refused("STARTTLS", reply);
            } else {
                state = State.SECURING;
                wire().lose(new Loss("the peer answered STARTTLS with " + reply.reply(), Optional.of(reply)));
            }
        });
    }

    private void secured(SslHandler handler) {
        SSLSession session = handler.engine().getSession();
        tls = session.getProtocol() + " " + session.getCipherSuite();
        setup().secured(tls);
        Talk.remark(setupTalk, tls);
    }

    private void authenticate() {
        if (endpoint.login().isEmpty()) {
            ready();
            return;
        }
        Login login = endpoint.login().get();
        if (tls.isEmpty() && !(endpoint.tls().mode() == TlsMode.NONE && isLoopback())) {
            routeFault(
                    "no TLS with " + endpoint.hostAndPort() + ", and a password does not go out in clear text",
                    Optional.empty());
        } else if (capabilities.auth("PLAIN")) {
            String response = base64("\0" + login.username() + "\0" + login.password());
            askSecretly(
                    "AUTH PLAIN " + response,
                    "AUTH PLAIN ***",
                    reply -> authenticated(reply, List.of(response).iterator()));
        } else if (capabilities.auth("LOGIN")) {
            Iterator<String> responses =
                    List.of(base64(login.username()), base64(login.password())).iterator();
            ask("AUTH LOGIN", reply -> authenticated(reply, responses));
        } else {
            routeFault(endpoint.hostAndPort() + " offers neither AUTH PLAIN nor AUTH LOGIN", Optional.empty());
        }
    }

    private void authenticated(ServerReply reply, Iterator<String> responses) {
        if (reply.code() == 334 && responses.hasNext()) {
            askSecretly(responses.next(), "***", next -> authenticated(next, responses));
        } else if (reply.isPositive()) {
            ready();
        } else {
            refused("AUTH", reply);
        }
    }

    private void ready() {
        MailTransaction transaction = first;
        first = null;
        if (transaction != null) {
            setup().before().addAll(setupTalk);
            start(transaction, setup(), false);
        }
        setupTalk.clear();
    }

    private void start(MailTransaction transaction, Exchange exchange, boolean kept) {
        state = State.BUSY;
        transactions++;
        exchange.connected(source);
        exchange.secured(tls);
        run = new TransactionRun(transaction, exchange, wire(), capabilities, timeouts, kept, this::finished);
        run.begin(resetNeeded);
    }

    private void finished(TransactionRun finished) {
        run = null;
        resetNeeded = finished.resetNeeded();
        finished.transaction().leftOver().ifPresent(owner::again);
        if (retiring || transactions >= endpoint.messagesPerConnection()) {
            quit();
            return;
        }
        state = State.IDLE;
        timer = loop.schedule(this::quitIfIdle, settings.idleTimeout().toMillis(), TimeUnit.MILLISECONDS);
        owner.idle(this);
    }

    private void quitIfIdle() {
        if (state == State.IDLE) {
            quit();
        }
    }

    private void quit() {
        stopTimer();
        state = State.QUITTING;
        wire().whenQuiet(() -> wire().send(List.of(
                new Command("QUIT", timeouts.quit(), new ArrayList<>(), reply -> wire().lose(Loss.of("QUIT"))))));
    }

    private void refused(String command, ServerReply reply) {
        Optional<SmtpReply> refusal =
                Optional.of(reply).filter(ServerReply::isNegative).map(ServerReply::reply);
        routeFault(endpoint.hostAndPort() + " answered " + command + " with " + reply.reply(), refusal);
    }

    /** The peer does not want us, or not so; it is told QUIT, and the transaction hears of it. */
    private void routeFault(String reason, Optional<SmtpReply> reply) {
        quit();
        failFirst(Outcomes.routeFault(reason, reply));
    }

    private void failFirst(DeliveryOutcome outcome) {
        MailTransaction transaction = first;
        first = null;
        if (transaction != null) {
            setup().before().addAll(setupTalk);
            transaction.reportAll(outcome, setup());
        }
    }

    private void lost(Loss loss) {
        State before = state;
        TransactionRun lostRun = run;
        MailTransaction waiting = first;
        close();
        if (lostRun != null) {
            if (lostRun.lost(loss)) {
                lostRun.transaction().restartOnFreshConnection();
                owner.again(lostRun.transaction());
            } else {
                lostRun.transaction().leftOver().ifPresent(owner::again);
            }
        } else if (waiting != null) {
            boolean clearTextWillDo = before == State.SECURING
                    && endpoint.tls().mode() == TlsMode.OPPORTUNISTIC
                    && endpoint.login().isEmpty();
            Talk.remark(setupTalk, loss.reason());
            if (clearTextWillDo) {
                environment.brokenTls().failed(endpoint.hostAndPort());
                Talk.remark(setupTalk, "STARTTLS failed: clear text on a new connection");
                owner.inClearText(waiting, setupTalk);
            } else {
                first = waiting;
                Optional<SmtpReply> refusal =
                        loss.reply().filter(ServerReply::isNegative).map(ServerReply::reply);
                failFirst(Outcomes.routeFault(endpoint.hostAndPort() + ": " + loss.reason(), refusal));
            }
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

    private void ask(String line, Consumer<ServerReply> onReply) {
        askSecretly(line, line, onReply);
    }

    private void askSecretly(String line, String shown, Consumer<ServerReply> onReply) {
        wire().whenQuiet(() -> wire().send(List.of(new Command(line, shown, timeouts.ehlo(), setupTalk, onReply))));
    }

    private boolean isLoopback() {
        return ((InetSocketAddress) wire().channel().remoteAddress())
                .getAddress()
                .isLoopbackAddress();
    }

    private SslHandler tlsHandler(SocketChannel channel) {
        return TlsContexts.handler(tlsContext.orElseThrow(), endpoint, channel.alloc());
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
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

    private Exchange setup() {
        if (setup == null) {
            throw new IllegalStateException("not opened");
        }
        return setup;
    }
}
