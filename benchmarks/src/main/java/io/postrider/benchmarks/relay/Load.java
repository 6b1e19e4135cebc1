package io.postrider.benchmarks.relay;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Submits mails over kept sessions, one thread each, which waits for each reply as most apps do. What is told to come later is sent again, what is refused is an
 * error.
 */
final class Load {
    private static final long PAUSE_NANOS = 20_000_000;
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final int MOST_TRIES = 3_000;

    private final Target target;
    private final Mails mails;
    private final int messages;
    private final double rate;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger later = new AtomicInteger();
    private final Histogram acceptNanos = new ConcurrentHistogram(3);
    private final AtomicLongArray sentAt;
    private volatile long startedAt;

    /**
     * Where the mails go to.
     *
     * @param login USER:PASSWORD for AUTH PLAIN
     */
    record Target(InetSocketAddress address, boolean startTls, Optional<String> login) {}

    /** @param rate messages a second in all; 0 for as many as go */
    Load(Target target, Mails mails, int messages, double rate) {
        this.target = target;
        this.mails = mails;
        this.messages = messages;
        this.rate = rate;
        this.sentAt = new AtomicLongArray(messages);
    }

    /** From MAIL to the 250 of the message, in nanoseconds. */
    Histogram acceptNanos() {
        return acceptNanos;
    }

    /** How often a mail was told to come later. */
    int later() {
        return later.get();
    }

    /** {@link System#nanoTime} at the end of the data of a message, of its last try. */
    long sentAt(int number) {
        return sentAt.get(number);
    }

    long startedAt() {
        return startedAt;
    }

    /** Submits all; returns when each got its 250. */
    void run(int sessions) throws IOException, InterruptedException {
        List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        startedAt = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            Thread thread = new Thread(this::submitAll, "load-" + i);
            thread.setUncaughtExceptionHandler((failed, e) -> failures.add(e));
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw new IOException(failures.size() + " sessions failed", failures.get(0));
        }
    }

    private void submitAll() {
        Optional<Session> session = Optional.empty();
        try {
            for (int number = next.getAndIncrement(); number < messages; number = next.getAndIncrement()) {
                awaitTurn(number);
                byte[] message = mails.message(number);
                boolean taken = false;
                for (int tries = 0; !taken; tries++) {
                    if (tries == MOST_TRIES) {
                        throw new IOException("message " + number + " was told to come later " + tries + " times");
                    }
                    if (session.isEmpty() || session.get().isClosing()) {
                        session = Optional.of(new Session());
                    }
                    taken = session.get().send(number, message);
                    if (!taken) {
                        later.incrementAndGet();
                        LockSupport.parkNanos(PAUSE_NANOS);
                    }
                }
            }
            if (session.isPresent()) {
                session.get().quit();
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void awaitTurn(int number) {
        if (rate > 0) {
            long due = startedAt + (long) (number / rate * 1e9);
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }

    /** A connection. */
    private final class Session {
        private Socket socket;
        private Lines lines;
        private OutputStream out;
        private boolean closing;

        Session() throws IOException {
            use(new Socket());
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(target.address(), TIMEOUT_MILLIS);
            use(socket);
            expect(reply(), '2');
            expect(ask("EHLO load.bench.example\r\n"), '2');
            if (target.startTls()) {
                expect(ask("STARTTLS\r\n"), '2');
                SSLSocket tls = (SSLSocket) trustingAll()
                        .getSocketFactory()
                        .createSocket(
                                socket,
                                target.address().getHostString(),
                                target.address().getPort(),
                                true);
                tls.startHandshake();
                use(tls);
                expect(ask("EHLO load.bench.example\r\n"), '2');
            }
            if (target.login().isPresent()) {
                String response = "\0" + target.login().get().replaceFirst(":", "\0");
                expect(
                        ask("AUTH PLAIN "
                                + Base64.getEncoder().encodeToString(response.getBytes(StandardCharsets.UTF_8))
                                + "\r\n"),
                        '2');
            }
        }

        private void use(Socket connection) throws IOException {
            socket = connection;
            if (connection.isConnected()) {
                lines = new Lines(connection.getInputStream());
                out = connection.getOutputStream();
            }
        }

        boolean isClosing() {
            return closing;
        }

        /** Returns false when it was told to come later. */
        boolean send(int number, byte[] message) throws IOException {
            long start = System.nanoTime();
            if (!taken(ask("MAIL FROM:<" + mails.sender() + ">\r\n"), '2')) {
                return false;
            }
            for (String recipient : mails.recipientsOf(number)) {
                if (!taken(ask("RCPT TO:<" + recipient + ">\r\n"), '2')) {
                    return reset();
                }
            }
            if (!taken(ask("DATA\r\n"), '3')) {
                return reset();
            }
            sentAt.set(number, System.nanoTime());
            out.write(message);
            if (!taken(reply(), '2')) {
                return false;
            }
            acceptNanos.recordValue(System.nanoTime() - start);
            return true;
        }

        private boolean reset() throws IOException {
            if (!closing) {
                expect(ask("RSET\r\n"), '2');
            }
            return false;
        }

        private boolean taken(String reply, char wanted) throws IOException {
            if (reply.charAt(0) == '4') {
                closing = reply.startsWith("421");
                return false;
            }
            expect(reply, wanted);
            return true;
        }

        private void expect(String reply, char wanted) throws IOException {
            if (reply.charAt(0) != wanted) {
                throw new IOException("got '" + reply + "' (expected: " + wanted + "yz)");
            }
        }

        private String ask(String command) throws IOException {
            out.write(command.getBytes(StandardCharsets.US_ASCII));
            return reply();
        }

        private String reply() throws IOException {
            while (true) {
                int length = lines.next();
                if (length < 3) {
                    throw new IOException("the server ended the connection");
                }
                if (length == 3 || lines.byteAt(3) != '-') {
                    return lines.text();
                }
            }
        }

        void quit() throws IOException {
            ask("QUIT\r\n");
            socket.close();
        }
    }

    private static SSLContext trustingAll() throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAll()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("no TLS", e);
        }
    }

    /** The server under test has a certificate of its own making. */
    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
