package io.postrider.it.scenario;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** An SMTP dialogue, command by command, which is free to say what no decent client would. Text is ISO-8859-1, a byte for a character. */
final class SmtpTalk implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 30_000;

    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private final Reply greeting;

    /** @param lines as received, code included */
    record Reply(int code, List<String> lines) {
        String text() {
            return String.join("\n", lines);
        }

        /** The id of the message, in the reply to its end. */
        String queuedId() {
            if (!text().matches("250 2\\.6\\.0 [0-9A-Z]{26} queued")) {
                throw new AssertionError("the message was not queued: " + text());
            }
            return text().split(" ")[2];
        }

        @Override
        public String toString() {
            return text();
        }
    }

    private SmtpTalk(Socket socket) throws IOException {
        use(socket);
        this.greeting = readReply();
    }

    static SmtpTalk with(int port) {
        return from("127.0.0.1", port);
    }

    /** Connects from an address of loopback, such as 127.0.0.2. */
    static SmtpTalk from(String localAddress, int port) {
        try {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress(InetAddress.getAllByName(localAddress)[0], 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            return new SmtpTalk(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects to a listener that begins with TLS. Any certificate will do. */
    static SmtpTalk withTls(int port) {
        try {
            SSLSocket tls = (SSLSocket) trustingAnybody().getSocketFactory().createSocket("127.0.0.1", port);
            tls.startHandshake();
            return new SmtpTalk(tls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects with TLS 1.2, the last version in which a client could ask for another handshake. */
    static SmtpTalk withTls12(int port) {
        try {
            SSLSocket tls = (SSLSocket) trustingAnybody().getSocketFactory().createSocket("127.0.0.1", port);
            tls.setEnabledProtocols(new String[] {"TLSv1.2"});
            tls.startHandshake();
            return new SmtpTalk(tls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks for another handshake on the connection, which has TLS. */
    void handshakeAgain() throws IOException {
        ((SSLSocket) socket).startHandshake();
    }

    Reply greeting() {
        return greeting;
    }

    /** Sends a line and reads its reply. */
    Reply say(String line) {
        write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        return listen();
    }

    Reply listen() {
        try {
            return readReply();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(byte[] bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Reply ehlo() {
        return say("EHLO client.example");
    }

    /** EHLO, STARTTLS, EHLO; answers the last. Any certificate will do. */
    Reply secure() {
        ehlo();
        Reply goAhead = say("STARTTLS");
        if (goAhead.code() != 220) {
            throw new AssertionError("no STARTTLS: " + goAhead);
        }
        startTls();
        return ehlo();
    }

    /** The handshake that follows the 220 to STARTTLS. */
    void startTls() {
        try {
            SSLSocket tls = (SSLSocket)
                    trustingAnybody().getSocketFactory().createSocket(socket, "127.0.0.1", socket.getPort(), true);
            tls.startHandshake();
            use(tls);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Reply authPlain(String username, String password) {
        return say("AUTH PLAIN " + base64("\0" + username + "\0" + password));
    }

    Reply authLogin(String username, String password) {
        Reply first = say("AUTH LOGIN");
        Reply second = first.code() == 334 ? say(base64(username)) : first;
        return second.code() == 334 ? say(base64(password)) : second;
    }

    /** MAIL, RCPT and DATA with one message; answers the first refusal, or the reply to the end of the message. */
    Reply send(String reversePath, List<String> recipients, byte[] message) {
        Reply reply = say("MAIL FROM:<" + reversePath + ">");
        for (String recipient : recipients) {
            reply = reply.code() == 250 ? say("RCPT TO:<" + recipient + ">") : reply;
        }
        return reply.code() == 250 ? data(message) : reply;
    }

    /** DATA, and the message with its dots stuffed. */
    Reply data(byte[] message) {
        Reply goAhead = say("DATA");
        if (goAhead.code() != 354) {
            return goAhead;
        }
        write(dotStuffed(message));
        return listen();
    }

    private static byte[] dotStuffed(byte[] message) {
        String text = new String(message, StandardCharsets.ISO_8859_1);
        String stuffed = (text.startsWith(".") ? "." : "") + text.replace("\r\n.", "\r\n..");
        String end = text.endsWith("\r\n") ? ".\r\n" : "\r\n.\r\n";
        return (stuffed + end).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private void use(Socket next) throws IOException {
        socket = next;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    private Reply readReply() throws IOException {
        List<String> lines = new ArrayList<>();
        String line;
        do {
            line = readLine();
            lines.add(line);
        } while (line.length() > 3 && line.charAt(3) == '-');
        return new Reply(Integer.parseInt(line.substring(0, 3)), List.copyOf(lines));
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException(
                        "the server hung up behind '" + line.toString(StandardCharsets.ISO_8859_1) + "'");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SSLContext trustingAnybody() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAnybody()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The certificate of a fresh node is its own. */
    private static final class TrustAnybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
