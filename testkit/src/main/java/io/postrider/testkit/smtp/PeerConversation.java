package io.postrider.testkit.smtp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** One session of a scripted peer: plays its script and records what the client said. */
public final class PeerConversation {

    private final PeerScript script;
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final List<byte[]> messages = new CopyOnWriteArrayList<>();
    private Socket socket;
    private InputStream in;
    private String lastWritten = "";
    private boolean authenticated;
    private volatile boolean secured;
    private volatile boolean over;

    PeerConversation(PeerScript script, Socket socket) throws IOException {
        this.script = script;
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** The command lines that the client sent, in order. */
    public List<String> commands() {
        return List.copyOf(commands);
    }

    /** The messages whose end was read, dot-stuffing as on the wire, the final dot left out. */
    public List<byte[]> messages() {
        return List.copyOf(messages);
    }

    /** Whether TLS was in use at the end. */
    public boolean isSecured() {
        return secured;
    }

    /** Whether the connection has ended. */
    public boolean isOver() {
        return over;
    }

    void run() {
        try {
            if (script.isImplicitTls()) {
                handshake();
            }
            play(Stage.BANNER, "", Act.reply("220 peer.test ESMTP"));
            while (true) {
                String line = readLine();
                commands.add(line);
                Stage stage = Stage.of(line);
                play(stage, line, conversation -> conversation.answer(stage, line));
                if (stage == Stage.DATA && lastWritten.startsWith("354")) {
                    play(Stage.IN_DATA, "", conversation -> {});
                    messages.add(readMessage());
                    play(Stage.DOT, "", Act.reply("250 2.0.0 taken"));
                }
            }
        } catch (IOException e) {
            // the end of the connection, by either side
        } finally {
            end();
        }
    }

    void end() {
        over = true;
        try {
            socket.close();
        } catch (IOException e) {
            // it is closed as far as it can be
        }
    }

    void write(String text) throws IOException {
        lastWritten = text;
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    void cut() throws IOException {
        end();
        throw new EOFException("cut by the script");
    }

    void stall() throws IOException {
        while (in.read() >= 0) {
            // until the client hangs up
        }
        cut();
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        cut();
    }

    void halfClose() throws IOException {
        socket.shutdownOutput();
        stall();
    }

    @SuppressWarnings("InfiniteLoopStatement") // the client ends it
    void repeat(String text) throws IOException {
        while (true) {
            write(text);
        }
    }

    void pause(Duration duration) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    void forgetWhatHasCome() throws IOException {
        skip(in.available());
    }

    void awaitMore() throws IOException {
        in.mark(1);
        read();
        in.reset();
    }

    void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            read();
        }
    }

    void cutAfter(int count) throws IOException {
        skip(count);
        cut();
    }

    void secure() throws IOException {
        write("220 go ahead\r\n");
        handshake();
    }

    void await(CountDownLatch latch, Duration atMost) throws IOException {
        try {
            if (!latch.await(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("the latch stayed shut for " + atMost);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void play(Stage stage, String line, Act otherwise) throws IOException {
        script.actFor(stage, line).orElse(otherwise).play(this);
    }

    private void answer(Stage stage, String line) throws IOException {
        switch (stage) {
            case EHLO -> {
                List<String> lines = new ArrayList<>(List.of("peer.test"));
                lines.addAll(script.capabilities());
                if (script.tls().isPresent() && !secured) {
                    lines.add("STARTTLS");
                }
                for (int i = 0; i < lines.size(); i++) {
                    write((i < lines.size() - 1 ? "250-" : "250 ") + lines.get(i) + "\r\n");
                }
            }
            case STARTTLS -> secure();
            case AUTH -> authenticate(line);
            case MAIL ->
                write(
                        script.credentials().isPresent() && !authenticated
                                ? "530 5.7.0 authentication required\r\n"
                                : "250 2.1.0 ok\r\n");
            case RCPT -> write("250 2.1.5 ok\r\n");
            case DATA -> write("354 go ahead\r\n");
            case QUIT -> {
                write("221 2.0.0 bye\r\n");
                cut();
            }
            case OTHER -> write("500 5.5.1 not known\r\n");
            default -> write("250 2.0.0 ok\r\n");
        }
    }

    private void authenticate(String line) throws IOException {
        List<String> words = List.of(line.split(" "));
        String given;
        if (words.get(1).equals("PLAIN")) {
            given = decoded(words.get(2));
        } else {
            write("334 VXNlcm5hbWU6\r\n");
            String user = decoded(readLine());
            write("334 UGFzc3dvcmQ6\r\n");
            given = "\0" + user + "\0" + decoded(readLine());
        }
        authenticated = script.credentials()
                .map(known -> given.equals("\0" + known.username() + "\0" + known.password()))
                .orElse(false);
        write(authenticated ? "235 2.7.0 welcome\r\n" : "535 5.7.8 credentials not valid\r\n");
    }

    private static String decoded(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private void handshake() throws IOException {
        SSLContext context = script.tls().orElseThrow();
        SSLSocket tls =
                (SSLSocket) context.getSocketFactory().createSocket(socket, "peer.test", socket.getPort(), true);
        tls.setUseClientMode(false);
        tls.startHandshake();
        socket = tls;
        in = new BufferedInputStream(tls.getInputStream());
        secured = true;
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = read(); b != '\n'; b = read()) {
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    private byte[] readMessage() throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int previous = 0;
        while (true) {
            int b = read();
            line.write(b);
            if (b == '\n' && previous == '\r') {
                if (line.size() == 3 && line.toByteArray()[0] == '.') {
                    return message.toByteArray();
                }
                line.writeTo(message);
                line.reset();
            }
            previous = b;
        }
    }

    private int read() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw new EOFException("the client hung up");
        }
        return b;
    }
}
