package io.postrider.testkit.smtp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A fast SMTP server on loopback that takes mail in quantity and remembers when it took what for whom. It offers PIPELINING. A share of the recipients can be put
 * off at first; which ones depends on their names only.
 */
public final class SmtpSink implements AutoCloseable {
    private static final int BACKLOG = 200;
    private static final int PERCENT = 100;
    private static final String ID_FIELD = "X-Postrider-Id:";

    private final ServerSocket listener;
    private final int putOffPercent;
    private final int putOffTimes;
    private final Queue<Taken> taken = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> putOff = new ConcurrentHashMap<>();
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

    /**
     * One recipient of one mail that was answered with 250.
     *
     * @param id the value of the field {@code X-Postrider-Id}; empty when there is none
     * @param at just before the 250 was written
     */
    public record Taken(String id, String recipient, String reversePath, Instant at) {}

    private SmtpSink(ServerSocket listener, int putOffPercent, int putOffTimes) {
        this.listener = listener;
        this.putOffPercent = putOffPercent;
        this.putOffTimes = putOffTimes;
    }

    /** A sink on a free port that takes everything. */
    public static SmtpSink takingAll() {
        return start(0, 0);
    }

    /**
     * A sink on a free port that answers 451 to some recipients at first.
     *
     * @param percent of the recipients
     * @param times that each of them is put off
     */
    public static SmtpSink puttingOff(int percent, int times) {
        return start(percent, times);
    }

    private static SmtpSink start(int percent, int times) {
        if (percent < 0 || percent > PERCENT) {
            throw new IllegalArgumentException("percent: " + percent + " (expected: 0 to 100)");
        }
        try {
            SmtpSink sink =
                    new SmtpSink(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()), percent, times);
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

    /** How many times a recipient was answered 451. */
    public int refusals() {
        return putOff.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** Whether the sink puts this recipient off at first. */
    public boolean putsOff(String recipient) {
        return Math.floorMod(recipient.toLowerCase(Locale.ROOT).hashCode(), PERCENT) < putOffPercent;
    }

    @Override
    public void close() {
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

    private boolean mustWait(String recipient) {
        return putsOff(recipient) && putOff.getOrDefault(recipient, 0) < putOffTimes;
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
                data();
            } else if (command.equals("QUIT")) {
                answer("221 2.0.0 bye");
                return false;
            } else {
                answer(command.startsWith("RSET") || command.startsWith("HELO") ? "250 2.0.0 ok" : "500 5.5.1 unknown");
            }
            return true;
        }

        private void recipient(String recipient) throws IOException {
            if (mustWait(recipient)) {
                putOff.merge(recipient, 1, Integer::sum);
                answer("451 4.7.1 come again later");
            } else {
                recipients.add(recipient);
                answer("250 2.1.5 ok");
            }
        }

        private void data() throws IOException {
            if (recipients.isEmpty()) {
                answer("554 5.5.1 no valid recipients");
                return;
            }
            answer("354 go ahead");
            String id = readMessage().orElse("");
            Instant now = Instant.now();
            recipients.forEach(recipient -> taken.add(new Taken(id, recipient, reversePath, now)));
            recipients.clear();
            answer("250 2.0.0 taken");
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
