package io.postrider.server.smtp.front;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLSession;
import org.apache.james.protocols.api.ProtocolSession;
import org.apache.james.protocols.api.ProtocolTransport;
import org.apache.james.protocols.api.Response;
import org.apache.james.protocols.api.handler.LineHandler;

/** What James's handlers see of the connection. Used by one thread at a time. */
final class FrontTransport implements ProtocolTransport {
    private final Channel channel;
    private final Consumer<Response> replies;
    private final Deque<LineHandler<? extends ProtocolSession>> lineHandlers = new ArrayDeque<>();

    FrontTransport(Channel channel, Consumer<Response> replies) {
        this.channel = channel;
        this.replies = replies;
    }

    /** Who wants the next line in place of the commands. */
    Optional<LineHandler<? extends ProtocolSession>> lineHandler() {
        return Optional.ofNullable(lineHandlers.peekFirst());
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        return (InetSocketAddress) channel.remoteAddress();
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        return (InetSocketAddress) channel.localAddress();
    }

    @Override
    public String getId() {
        return channel.id().asShortText();
    }

    @Override
    public boolean isTLSStarted() {
        return channel.pipeline().get(SslHandler.class) != null;
    }

    @Override
    public boolean isStartTLSSupported() {
        return true;
    }

    @Override
    public Optional<SSLSession> getSSLSession() {
        return Optional.ofNullable(channel.pipeline().get(SslHandler.class))
                .map(handler -> handler.engine().getSession());
    }

    @Override
    public boolean isProxyRequired() {
        return false;
    }

    @Override
    public void writeResponse(Response response, ProtocolSession session) {
        replies.accept(response);
    }

    @Override
    public void popLineHandler() {
        lineHandlers.pollFirst();
    }

    @Override
    public void pushLineHandler(LineHandler<? extends ProtocolSession> handler, ProtocolSession session) {
        lineHandlers.addFirst(handler);
    }

    @Override
    public void setReadable(boolean readable) {
        // The connection itself decides when it reads.
    }

    @Override
    public boolean isReadable() {
        return channel.isActive();
    }
}
