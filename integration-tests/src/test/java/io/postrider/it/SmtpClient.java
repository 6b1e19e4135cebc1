package io.postrider.it;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** One session with the submission port, one command at a time. It trusts every certificate. */
public final class SmtpClient implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final String CLIENT_NAME = "client.test";

    private Socket socket;
    private InputStream in;

    /** A reply; several lines are joined by line feeds, each without its code. */
    public record Reply(int code, String text) {
        public boolean isPositive() {
            return code >= 200 && code < 400;
        }

        @Override
        public String toString() {
            return code + " " + text;
        }
    }

    /** The server gave another answer than the one that is needed to go on. */
    public static final class UnexpectedReplyException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient Reply reply;

        UnexpectedReplyException(String command, Reply reply) {
            super(command + ": " + reply);
            this.reply = reply;
        }

        public Reply reply() {
            return reply;
        }
    }

    private SmtpClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Connects, and says EHLO. */
    public static SmtpClient connect(InetSocketAddress server) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) TIMEOUT.toMillis());
            socket.connect(server, (int) TIMEOUT.toMillis());
            SmtpClient client = new SmtpClient(socket);
            client.expect(220, "(greeting)", client.readReply());
            client.ehlo();
            return client;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Connects, and says EHLO, STARTTLS and AUTH PLAIN. */
    public static SmtpClient connect(InetSocketAddress server, String user, String password) throws IOException {
        SmtpClient client = connect(server);
        try {
            client.startTls();
            client.authenticate(user, password);
            return client;
        } catch (IOException e) {
            client.close();
            throw e;
        }
    }

    private void ehlo() throws IOException {
        expect(250, "EHLO", command("EHLO " + CLIENT_NAME));
    }

    public void startTls() throws IOException {
        expect(220, "STARTTLS", command("STARTTLS"));
        SSLSocket tls = (SSLSocket) trustAll()
                .getSocketFactory()
                .createSocket(socket, socket.getInetAddress().getHostAddress(), socket.getPort(), true);
        tls.startHandshake();
        socket = tls;
        in = new BufferedInputStream(tls.getInputStream());
        ehlo();
    }

    public void authenticate(String user, String password) throws IOException {
        String token =
                Base64.getEncoder().encodeToString(("\0" + user + "\0" + password).getBytes(StandardCharsets.UTF_8));
        expect(235, "AUTH", command("AUTH PLAIN " + token));
    }

    /** Sends a command line and returns the reply. */
    public Reply command(String line) throws IOException {
        write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        return readReply();
    }

    /**
     * Sends a mail and returns the reply to its end.
     *
     * @param content with CRLF line ends; dots are stuffed here
     * @throws UnexpectedReplyException when the server does not want the sender, a recipient or the content; the session is usable
     */
    public Reply send(String reversePath, List<String> recipients, String content) throws IOException {
        try {
            expect(250, "MAIL", command("MAIL FROM:<" + reversePath + ">"));
            for (String recipient : recipients) {
                expect(250, "RCPT", command("RCPT TO:<" + recipient + ">"));
            }
            expect(354, "DATA", command("DATA"));
        } catch (UnexpectedReplyException e) {
            command("RSET");
            throw e;
        }
        String stuffed = ("\r\n" + content).replace("\r\n.", "\r\n..").substring(2);
        write((stuffed + (stuffed.endsWith("\r\n") ? ".\r\n" : "\r\n.\r\n")).getBytes(StandardCharsets.UTF_8));
        return readReply();
    }

    /** Says goodbye, and closes. */
    @Override
    public void close() {
        try (Socket closing = socket) {
            closing.setSoTimeout(1000);
            command("QUIT");
        } catch (IOException e) {
            // the server is gone already
        }
    }

    private void expect(int code, String command, Reply reply) throws UnexpectedReplyException {
        if (reply.code() != code) {
            throw new UnexpectedReplyException(command, reply);
        }
    }

    private void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    private Reply readReply() throws IOException {
        List<String> lines = new ArrayList<>();
        while (true) {
            String line = readLine();
            if (line.length() < 3) {
                throw new IOException("not a reply: " + line);
            }
            lines.add(line.substring(Math.min(4, line.length())));
            if (line.length() == 3 || line.charAt(3) != '-') {
                return new Reply(Integer.parseInt(line.substring(0, 3)), String.join("\n", lines));
            }
        }
    }

    private String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server hung up");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    private static SSLContext trustAll() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustEveryone()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class TrustEveryone extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket client) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket server) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

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
