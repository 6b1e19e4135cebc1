package io.postrider.delivery.smtp;

import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.postrider.mail.SmtpReply;
import io.postrider.route.Relay.TlsMode;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What comes before the first MAIL: greeting, EHLO, STARTTLS and EHLO again, AUTH. Lives on the event loop of its channel. */
final class SessionSetup {
    private static final Logger LOGGER = LoggerFactory.getLogger(SessionSetup.class);

    /** Hears how it went, unless the connection is lost. */
    interface Listener {
        void ready(Capabilities capabilities);

        /** The peer does not want us, or not in the way that the endpoint demands. */
        void refused(String reason, Optional<SmtpReply> reply);
    }

    private final Endpoint endpoint;
    private final SmtpClientSettings settings;
    private final Clock clock;
    private final PeerMemory memory;
    private final Listener listener;
    private final List<String> talk;
    private Capabilities capabilities = Capabilities.NONE;
    private Optional<SslContext> tlsContext = Optional.empty();
    private Security security = Security.NONE;
    private boolean startTlsFailing;
    private boolean greeted;
    private String ehloName;
    private @Nullable Wire wire;

    /** @param talkSoFar what was said on an earlier connection for the same transaction */
    SessionSetup(Endpoint endpoint, SmtpSession.Environment environment, List<String> talkSoFar, Listener listener) {
        this.endpoint = endpoint;
        this.settings = environment.settings();
        this.ehloName = settings.ehloName();
        this.clock = environment.clock();
        this.memory = environment.memory();
        this.talk = new ArrayList<>(talkSoFar);
        this.listener = listener;
    }

    /** What we are called where the connection comes from. */
    void introduceAs(String name) {
        ehloName = name;
    }

    /** Whether the peer has said anything. */
    boolean isGreeted() {
        return greeted;
    }

    /** Puts the handlers into a channel that is about to connect. */
    Wire equip(SocketChannel channel, Optional<SslContext> context, Consumer<Loss> onLoss) {
        tlsContext = context;
        ReplyDecoder decoder = new ReplyDecoder();
        Command greeting = new Command("", "the connection", settings.timeouts().greeting(), talk, this::onGreeting);
        Wire made = new Wire(decoder, greeting, onLoss);
        channel.pipeline().addLast(decoder, made);
        if (endpoint.tls().mode() == TlsMode.IMPLICIT) {
            channel.pipeline().addFirst(tlsHandler(channel));
        }
        wire = made;
        return made;
    }

    /** The channel is connected. */
    void begin() {
        SslHandler implicit = wire().channel().pipeline().get(SslHandler.class);
        if (implicit == null) {
            wire().awaitGreeting();
        } else {
            Instant start = clock.instant();
            wire().awaitHandshake(implicit, settings.timeouts().handshake(), () -> {
                secured(implicit, start);
                wire().awaitGreeting();
            });
        }
    }

    List<String> talk() {
        return talk;
    }

    Security security() {
        return security;
    }

    /**
     * Whether the connection was lost over STARTTLS, and a new one may go without: never where a password would have to go over it, and never for a
     * certificate that was to be verified.
     */
    boolean clearTextWillDo(Loss loss) {
        return startTlsFailing
                && !loss.certificateRefused()
                && endpoint.tls().mode() == TlsMode.OPPORTUNISTIC
                && endpoint.login().isEmpty();
    }

    private void onGreeting(ServerReply reply) {
        greeted = true;
        if (reply.code() == 220) {
            ehlo();
        } else {
            refused("the connection", reply);
        }
    }

    private void ehlo() {
        capabilities = Capabilities.NONE; // whatever was said before TLS is forgotten
        ask("EHLO " + ehloName, reply -> {
            if (reply.isPositive()) {
                capabilities = Capabilities.of(reply);
                greeted();
            } else if (reply.code() >= 500) {
                helo();
            } else {
                refused("EHLO", reply);
            }
        });
    }

    private void helo() {
        ask("HELO " + ehloName, reply -> {
            if (reply.isPositive()) {
                greeted();
            } else {
                refused("HELO", reply);
            }
        });
    }

    private void greeted() {
        TlsMode mode = endpoint.tls().mode();
        if (security.isTls() || !isStartTlsWanted(mode)) {
            authenticate();
        } else if (capabilities.startTls()) {
            startTls();
        } else if (mode == TlsMode.STARTTLS) {
            listener.refused(
                    endpoint.hostAndPort() + " does not offer STARTTLS, which the relay requires", Optional.empty());
        } else {
            authenticate();
        }
    }

    private boolean isStartTlsWanted(TlsMode mode) {
        boolean worthATry =
                endpoint.login().isPresent() || !memory.has(endpoint.hostAndPort(), PeerMemory.Fault.STARTTLS);
        return mode == TlsMode.STARTTLS || mode == TlsMode.OPPORTUNISTIC && worthATry;
    }

    private void startTls() {
        ask("STARTTLS", reply -> {
            if (reply.code() == 220) {
                wire().whenQuiet(this::handshake);
            } else if (reply.isClosing()) {
                refused("STARTTLS", reply);
            } else {
                startTlsFailing = true;
                wire().lose(new Loss("the peer answered STARTTLS with " + reply.reply(), Optional.of(reply)));
            }
        });
    }

    private void handshake() {
        startTlsFailing = true; // until it has succeeded
        SslHandler handler = tlsHandler((SocketChannel) wire().channel());
        Instant start = clock.instant();
        wire().startTls(handler, settings.timeouts().handshake(), () -> {
            startTlsFailing = false;
            secured(handler, start);
            ehlo();
        });
    }

    private void secured(SslHandler handler, Instant start) {
        SSLSession session = handler.engine().getSession();
        Duration duration = Duration.between(start, clock.instant());
        security = new Security(
                session.getProtocol() + " " + session.getCipherSuite(),
                CertificateCheck.problemOf(session),
                duration.isNegative() ? Duration.ZERO : duration);
        Talk.remark(talk, security.tls());
        security.certificateProblem()
                .ifPresent(
                        problem -> Talk.remark(talk, "the certificate of the peer is not to be trusted: " + problem));
    }

    private void authenticate() {
        if (endpoint.login().isEmpty()) {
            listener.ready(capabilities);
            return;
        }
        Login login = endpoint.login().get();
        if (!security.isTls() && !(endpoint.tls().mode() == TlsMode.NONE && isLoopback())) {
            listener.refused(
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
            listener.refused(endpoint.hostAndPort() + " offers neither AUTH PLAIN nor AUTH LOGIN", Optional.empty());
        }
    }

    private void authenticated(ServerReply reply, Iterator<String> responses) {
        if (reply.code() == 334 && responses.hasNext()) {
            askSecretly(responses.next(), "***", next -> authenticated(next, responses));
        } else if (reply.isPositive()) {
            listener.ready(capabilities);
        } else {
            LOGGER.debug("{}: our login was refused: {}", endpoint.hostAndPort(), reply.reply());
            refused("AUTH", reply);
        }
    }

    private void refused(String command, ServerReply reply) {
        Optional<SmtpReply> refusal =
                Optional.of(reply).filter(ServerReply::isNegative).map(ServerReply::reply);
        listener.refused(endpoint.hostAndPort() + " answered " + command + " with " + reply.reply(), refusal);
    }

    private void ask(String line, Consumer<ServerReply> onReply) {
        send(new Command(line, settings.timeouts().ehlo(), talk, onReply));
    }

    private void askSecretly(String line, String shown, Consumer<ServerReply> onReply) {
        Login login = endpoint.login().orElseThrow();
        send(new Command(line, shown, settings.timeouts().ehlo(), talk, onReply)
                .keeping(List.of(line.substring(line.lastIndexOf(' ') + 1), login.password())));
    }

    private void send(Command command) {
        wire().whenQuiet(() -> wire().send(List.of(command)));
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

    private Wire wire() {
        if (wire == null) {
            throw new IllegalStateException("not equipped");
        }
        return wire;
    }
}
