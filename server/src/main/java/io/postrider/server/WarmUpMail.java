package io.postrider.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Submits mails of the usual size over a few connections to a port of this machine. */
final class WarmUpMail {
    /** Few, so that the compiler has its share of the processors. */
    private static final int CONNECTIONS = 2;

    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int LINES = 54; // 4 KiB with the header

    private final int port;
    private final String sender;
    private final String recipient;

    WarmUpMail(int port, String sender, String recipient) {
        this.port = port;
        this.sender = sender;
        this.recipient = recipient;
    }

    /** Returns how many were accepted when it came to the end of the mails or of the time. */
    int send(int mails, Duration atMost) throws ExecutionException, InterruptedException {
        AtomicInteger next = new AtomicInteger();
        AtomicInteger accepted = new AtomicInteger();
        long end = System.nanoTime() + atMost.toNanos();
        CompletableFuture<?>[] connections = Stream.generate(() -> CompletableFuture.runAsync(
                        () -> {
                            try (Connection connection = new Connection()) {
                                while (next.getAndIncrement() < mails && System.nanoTime() - end < 0) {
                                    connection.submit();
                                    accepted.incrementAndGet();
                                }
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        task -> new Thread(task, "warm-up").start()))
                .limit(CONNECTIONS)
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(connections).get();
        return accepted.get();
    }

    private final class Connection implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;
        private final OutputStream out;
        private final String message;

        Connection() throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            out = socket.getOutputStream();
            message = "From: " + sender + "\r\nTo: " + recipient + "\r\nSubject: for exercise\r\n\r\n"
                    + "Nobody reads this line; it is here to be looked through, signed and sent.\r\n".repeat(LINES)
                    + ".\r\n";
            expect('2');
            ask("EHLO localhost\r\n", '2');
        }

        void submit() throws IOException {
            ask("MAIL FROM:<" + sender + ">\r\n", '2');
            ask("RCPT TO:<" + recipient + ">\r\n", '2');
            ask("DATA\r\n", '3');
            ask(message, '2');
        }

        private void ask(String text, char wanted) throws IOException {
            out.write(text.getBytes(StandardCharsets.US_ASCII));
            expect(wanted);
        }

        private void expect(char wanted) throws IOException {
            String line;
            do {
                line = in.readLine();
                if (line == null || line.length() < 3 || line.charAt(0) != wanted) {
                    throw new IOException("got '" + line + "' (expected: " + wanted + "yz)");
                }
            } while (line.length() > 3 && line.charAt(3) == '-');
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
