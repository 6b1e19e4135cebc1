package io.postrider.benchmarks.relay;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Takes all mail on a loopback port, one thread for each connection, and tells which numbered message came. */
final class Sink implements AutoCloseable {
    /** Hears of each message that was taken; called by many threads. */
    interface Listener {
        /** @param recipients how many the transaction had */
        void taken(String run, int number, int recipients);
    }

    static final String MARK = "X-Bench: ";
    private static final int BACKLOG = 512;

    private final ServerSocket server;
    private final Listener listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();

    Sink(int port, Listener listener) throws IOException {
        this.server = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
        this.listener = listener;
        daemon("sink", this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** Connections so far. */
    int connections() {
        return connections.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                connections.incrementAndGet();
                daemon("sink-connection", () -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            talk(new Lines(socket.getInputStream()), new BufferedOutputStream(socket.getOutputStream(), 8 * 1024));
        } catch (IOException e) {
            // The server under test may die at any time, and what was not answered was not taken.
        } finally {
            open.remove(socket);
        }
    }

    private void talk(Lines lines, OutputStream out) throws IOException {
        int recipients = 0;
        say(out, "220 sink ESMTP");
        out.flush();
        while (lines.next() >= 0) {
            if (lines.startsWith("EHLO")) {
                say(out, "250-sink", "250-PIPELINING", "250-8BITMIME", "250 SIZE 104857600");
            } else if (lines.startsWith("RCPT")) {
                recipients++;
                say(out, "250 2.1.5 Ok");
            } else if (lines.startsWith("DATA")) {
                say(out, "354 Go ahead");
                out.flush();
                String[] mark = takeMessage(lines);
                say(out, "250 2.0.0 Ok"); // with the replies to what has come behind the data, as RFC 2920, section 3.2
                // has it
                if (lines.isDrained()) {
                    out.flush();
                }
                listener.taken(mark[0], Integer.parseInt(mark[1]), recipients);
                recipients = 0;
            } else if (lines.startsWith("QUIT")) {
                say(out, "221 2.0.0 Bye");
                out.flush();
                return;
            } else {
                recipients = lines.startsWith("RSET") || lines.startsWith("MAIL") ? 0 : recipients;
                say(out, "250 2.0.0 Ok");
            }
            if (lines.isDrained()) {
                out.flush();
            }
        }
    }

    /** Reads to the end of the data, and returns the words of the mark. */
    private static String[] takeMessage(Lines lines) throws IOException {
        String[] mark = {"", "-1"};
        boolean header = true;
        for (int length = lines.next(); ; length = lines.next()) {
            if (length < 0) {
                throw new IOException("the connection ended within a message");
            }
            if (length == 1 && lines.byteAt(0) == '.') {
                return mark;
            }
            if (header && length == 0) {
                header = false;
            } else if (header && lines.startsWith(MARK)) {
                mark = lines.text().substring(MARK.length()).split(" ", 2);
            }
        }
    }

    private static void say(OutputStream out, String... replies) throws IOException {
        for (String reply : replies) {
            out.write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
