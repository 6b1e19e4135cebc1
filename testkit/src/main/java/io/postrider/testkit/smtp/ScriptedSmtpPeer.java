package io.postrider.testkit.smtp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An SMTP server on loopback that does exactly what a script says, and records its sessions. */
public final class ScriptedSmtpPeer implements AutoCloseable {
    private static final int BACKLOG = 200;

    private final ServerSocket listener;
    private final PeerScript script;
    private final List<PeerConversation> sessions = new CopyOnWriteArrayList<>();

    private ScriptedSmtpPeer(PeerScript script, ServerSocket listener) {
        this.script = script;
        this.listener = listener;
    }

    /** Starts a peer on a free port. */
    public static ScriptedSmtpPeer playing(PeerScript script) {
        return playing(script, "127.0.0.1", 0);
    }

    /**
     * Starts a peer.
     *
     * @param address of loopback
     * @param port 0 for any that is free
     */
    public static ScriptedSmtpPeer playing(PeerScript script, String address, int port) {
        try {
            ScriptedSmtpPeer peer =
                    new ScriptedSmtpPeer(script, new ServerSocket(port, BACKLOG, InetAddress.getByName(address)));
            start(peer::accept);
            return peer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** All sessions so far, in the order in which they began. */
    public List<PeerConversation> sessions() {
        return List.copyOf(sessions);
    }

    /** The commands of all sessions, one session after the other. */
    public List<String> commands() {
        return sessions.stream().flatMap(session -> session.commands().stream()).toList();
    }

    /** The messages of all sessions, one session after the other. */
    public List<byte[]> messages() {
        return sessions.stream().flatMap(session -> session.messages().stream()).toList();
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sessions.forEach(PeerConversation::end);
    }

    private void accept() {
        try {
            while (true) {
                PeerConversation session = new PeerConversation(script, listener.accept());
                sessions.add(session);
                start(session::run);
            }
        } catch (IOException e) {
            // the peer was closed
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "scripted-smtp-peer");
        thread.setDaemon(true);
        thread.start();
    }
}
