package io.postrider.delivery.smtp;

import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.postrider.mail.SmtpReply;
import io.postrider.route.Relay.TlsMode;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** What comes before the first MAIL: greeting, EHLO, STARTTLS and EHLO again, AUTH. Lives on the event loop of its channel. */
final class SessionSetup {
    /** Hears how it went, unless the connection is lost. */
    interface Listener {
        /** @param tls protocol and cipher; empty for clear text */
        void ready(Capabilities capabilities, String tls);

        /** The peer does not want us, or not in the way that the endpoint demands. */
        void refused(String reason, Optional<SmtpReply> reply);
    }

    private final Endpoint endpoint;
    private final SmtpClientSettings settings;
    private final BrokenTlsMemory brokenTls;
    private final Listener listener;
    private final List<String> talk;
    private Capabilities capabilities = Capabilities.NONE;
    private Optional<SslContext> tlsContext = Optional.empty();
    private String tls = "";
    private boolean startTlsFailing;
    private @Nullable Wire wire;

    /** @param talkSoFar what was said on an earlier connection for the same transaction */
    SessionSetup(
            Endpoint endpoint,
            SmtpClientSettings settings,
            BrokenTlsMemory brokenTls,
            List<String> talkSoFar,
            Listener listener) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.brokenTls = brokenTls;
        this.talk = new ArrayList<>(talkSoFar);
        this.listener = listener;
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
            wire().awaitHandshake(implicit, settings.timeouts().handshake(), () -> {
                secured(implicit);
                wire().awaitGreeting();
            });
        }
    }

    List<String> talk() {
        return talk;
    }

    String tls() {
        return tls;
    }

    /** Whether the connection was lost over STARTTLS, and a new one may go without: never where a password would have to go over it. */
    boolean clearTextWillDo() {
        return startTlsFailing
                && endpoint.tls().mode() == TlsMode.OPPORTUNISTIC
                && endpoint.login().isEmpty();
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
            } else if (reply.code() >= 500) {
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
        if (!tls.isEmpty() || !isStartTlsWanted(mode)) {
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
        boolean worthATry = endpoint.login().isPresent() || !brokenTls.isBroken(endpoint.hostAndPort());
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
        wire().startTls(handler, settings.timeouts().handshake(), () -> {
            startTlsFailing = false;
            secured(handler);
            ehlo();
        });
    }

    private void secured(SslHandler handler) {
        SSLSession session = handler.engine().getSession();
        tls = session.getProtocol() + " " + session.getCipherSuite();
        Talk.remark(talk, tls);
    }

    private void authenticate() {
        if (endpoint.login().isEmpty()) {
            listener.ready(capabilities, tls);
            return;
        }
        Login login = endpoint.login().get();
        if (tls.isEmpty() && !(endpoint.tls().mode() == TlsMode.NONE && isLoopback())) {
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
            listener.ready(capabilities, tls);
        } else {
            refused("AUTH", reply);
        }
    }

    private void refused(String command, ServerReply reply) {
        Optional<SmtpReply> refusal =
                Optional.of(reply).filter(ServerReply::isNegative).map(ServerReply::reply);
        listener.refused(endpoint.hostAndPort() + " answered " + command + " with " + reply.reply(), refusal);
    }

    private void ask(String line, Consumer<ServerReply> onReply) {
        askSecretly(line, line, onReply);
    }

    private void askSecretly(String line, String shown, Consumer<ServerReply> onReply) {
        Command command = new Command(line, shown, settings.timeouts().ehlo(), talk, onReply);
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
