package io.postrider.testkit.smtp;

import io.postrider.testkit.smtp.Weather.Fate;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A fast SMTP server on loopback that takes mail in quantity and remembers when it took what for whom. It offers PIPELINING. What it does with a recipient is up to
 * its {@link Weather}. Unless that is fair, it takes one recipient in a transaction.
 */
public final class SmtpSink implements AutoCloseable {
    private static final int BACKLOG = 200;
    private static final String ID_FIELD = "X-Postrider-Id:";

    private final ServerSocket listener;
    private final Weather weather;
    private final Queue<Taken> taken = new ConcurrentLinkedQueue<>();
    /** Those that have had what the weather had for them, of what comes but once. */
    private final Set<String> weathered = ConcurrentHashMap.newKeySet();

    private final Map<Fate, AtomicInteger> counts = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    /**
     * One recipient of one mail that was answered with 250.
     *
     * @param id the value of the field {@code X-Postrider-Id}; empty when there is none
     * @param read when the final dot had come
     * @param at just before the 250 was written
     */
    public record Taken(String id, String recipient, String reversePath, Instant read, Instant at) {}

    private SmtpSink(ServerSocket listener, Weather weather) {
        this.listener = listener;
        this.weather = weather;
    }

    /** A sink on a free port that takes everything. */
    public static SmtpSink takingAll() {
        return in(Weather.fair());
    }

    /** A sink on a free port. */
    public static SmtpSink in(Weather weather) {
        try {
            SmtpSink sink = new SmtpSink(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()), weather);
            run(sink::accept);
            return sink;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** What was taken so far, in the order of time. */
    public List<Taken> taken() {
        return List.copyOf(taken);
    }

    /** How many transactions had which end, or none. */
    public Map<Fate, Integer> counts() {
        Map<Fate, Integer> result = new EnumMap<>(Fate.class);
        counts.forEach((fate, count) -> result.put(fate, count.get()));
        return result;
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        connections.forEach(SmtpSink::end);
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                connections.add(socket);
                run(() -> serve(socket));
            }
        } catch (IOException e) {
            // the sink was closed
        }
    }

    private static void run(Runnable work) {
        Thread thread = new Thread(work, "smtp-sink");
        thread.setDaemon(true);
        thread.start();
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is closed as far as it can be
        }
    }

    private void serve(Socket socket) {
        try {
            socket.setTcpNoDelay(true);
            new Session(socket).run();
        } catch (IOException e) {
            // the end of the connection, by either side
        } finally {
            end(socket);
            connections.remove(socket);
        }
    }

    /** What comes to a recipient now. */
    private Fate fateOf(String recipient) {
        Fate fate = weather.of(recipient);
        return fate.isRefusal() || !weathered.contains(recipient) ? fate : Fate.TAKEN;
    }

    private void happens(Fate fate, String recipient) {
        weathered.add(recipient);
        counts.computeIfAbsent(fate, any -> new AtomicInteger()).incrementAndGet();
    }

    private final class Session {
        private final InputStream in;
        private final OutputStream out;
        private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
        private final List<String> recipients = new ArrayList<>();
        private String reversePath = "";

        Session(Socket socket) throws IOException {
            this.in = new BufferedInputStream(socket.getInputStream());
            this.out = socket.getOutputStream();
        }

        void run() throws IOException {
            answer("220 sink.test ESMTP");
            boolean goesOn = true;
            while (goesOn) {
                goesOn = obey(readLine());
            }
            flush();
        }

        private boolean obey(String line) throws IOException {
            String command = line.toUpperCase(Locale.ROOT);
            if (command.startsWith("EHLO")) {
                answer("250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES");
            } else if (command.startsWith("MAIL FROM:")) {
                recipients.clear();
                reversePath = path(line);
                answer("250 2.1.0 ok");
            } else if (command.startsWith("RCPT TO:")) {
                recipient(path(line));
            } else if (command.equals("DATA")) {
                return data();
            } else if (command.equals("QUIT")) {
                answer("221 2.0.0 bye");
                return false;
            } else {
                answer(command.startsWith("RSET") || command.startsWith("HELO") ? "250 2.0.0 ok" : "500 5.5.1 unknown");
            }
            return true;
        }

        private void recipient(String recipient) throws IOException {
            Fate fate = fateOf(recipient);
            if (!weather.isFair() && !recipients.isEmpty()) {
                answer("452 4.5.3 one recipient at a time");
            } else if (fate == Fate.PUT_OFF || fate == Fate.REFUSED) {
                happens(fate, recipient);
                answer(fate == Fate.REFUSED ? "550 5.1.1 no such mailbox" : "451 4.7.1 come again later");
            } else {
                recipients.add(recipient);
                answer("250 2.1.5 ok");
            }
        }

        /** Returns whether the connection goes on. */
        private boolean data() throws IOException {
            if (recipients.isEmpty()) {
                answer("554 5.5.1 no valid recipients");
                return true;
            }
            String first = recipients.get(0);
            Fate fate = fateOf(first);
            answer("354 go ahead");
            if (fate == Fate.CUT_BEFORE_DOT) {
                happens(fate, first);
                readLine();
                return false;
            }
            String id = readMessage().orElse("");
            Instant read = Instant.now();
            happens(fate, first);
            if (fate == Fate.CUT_AFTER_DOT) {
                // Nothing of what waits is answered either.
                pending.reset();
                return false;
            }
            if (fate == Fate.PUT_OFF_AT_DOT || fate == Fate.REFUSED_AT_DOT) {
                answer(fate == Fate.REFUSED_AT_DOT ? "554 5.7.1 not this content" : "451 4.3.0 not this time");
            } else {
                if (fate == Fate.SLOW) {
                    flush();
                    pause(weather.slowness());
                }
                Instant now = Instant.now();
                recipients.forEach(recipient -> taken.add(new Taken(id, recipient, reversePath, read, now)));
                answer("250 2.0.0 taken");
            }
            recipients.clear();
            return true;
        }

        private void pause(Duration duration) throws IOException {
            try {
                if (closed.await(duration.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new EOFException("the sink was closed");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
        }

        /** Reads to the final dot, and returns our id. */
        private Optional<String> readMessage() throws IOException {
            Optional<String> id = Optional.empty();
            boolean head = true;
            for (String line = readLine(); !line.equals("."); line = readLine()) {
                head = head && !line.isEmpty();
                if (head && line.regionMatches(true, 0, ID_FIELD, 0, ID_FIELD.length())) {
                    id = Optional.of(line.substring(ID_FIELD.length()).strip());
                }
            }
            return id;
        }

        private void answer(String text) throws IOException {
            pending.writeBytes((text + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }

        private void flush() throws IOException {
            pending.writeTo(out);
            out.flush();
            pending.reset();
        }

        /** Answers wait until the client waits for them, as RFC 2920 advises. */
        private String readLine() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (true) {
                if (pending.size() > 0 && in.available() == 0) {
                    flush();
                }
                int b = in.read();
                if (b < 0) {
                    throw new EOFException("the client hung up");
                }
                if (b == '\n') {
                    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
                }
                line.write(b);
            }
        }

        private static String path(String line) {
            int start = line.indexOf('<');
            int end = line.indexOf('>', start);
            return start < 0 || end < 0 ? "" : line.substring(start + 1, end);
        }
    }
}
