package io.postrider.server.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How the SMTP ports take mail in.
 *
 * @param submission with STARTTLS and with implicit TLS alike
 * @param submissionTlsPort where submission begins with TLS
 * @param minFreeDisk bytes below which no mail is accepted
 */
public record SmtpSettings(
        Content content,
        Tls tls,
        Timeouts timeouts,
        Sessions sessions,
        Listener submission,
        int submissionTlsPort,
        Listener inbound,
        long minFreeDisk) {

    /** What becomes of bare CR, bare LF and NUL in a message. */
    public enum BareLineEnds {
        /** CR and LF become CRLF and NUL is dropped, before anybody judges the message. */
        NORMALISE,
        /** The message is refused at its end. */
        REFUSE
    }

    /** What becomes of lines of more than 998 octets (RFC 5322, section 2.1.1). */
    public enum LongLines {
        KEEP,
        REFUSE
    }

    /**
     * What a message may look like.
     *
     * @param memoryPerMessage bytes of a message that is being received above which it goes to a file
     * @param memory bytes of all messages that are being received or handed over
     */
    public record Content(BareLineEnds bareLineEnds, LongLines longLines, long memoryPerMessage, long memory) {}

    /**
     * Where the certificate is. Paths are relative to the home.
     *
     * @param certificate PEM, the chain behind the certificate
     * @param privateKey PEM
     * @param keystore PKCS#12, in place of both
     * @param password of the key or the keystore
     * @param reloadInterval how often the files are looked at
     */
    public record Tls(
            String certificate,
            String privateKey,
            Optional<String> keystore,
            Optional<Secret> password,
            Duration reloadInterval) {}

    /**
     * @param idle between two commands (RFC 5321, section 4.5.3.2.7)
     * @param line from the first to the last octet of a command
     * @param write for the client to read what it was told
     * @param data the stretch of time over which the data rate is measured
     * @param minDataRate bytes a second
     * @param message from the 354 to the end of the message
     * @param handshake of TLS and of the PROXY protocol
     * @param authentication from the connection on
     * @param stop for messages on their way when the node stops
     */
    public record Timeouts(
            Duration idle,
            Duration line,
            Duration write,
            Duration data,
            int minDataRate,
            Duration message,
            Duration handshake,
            Duration authentication,
            Duration stop) {}

    /**
     * @param threads that commands run on
     * @param maxCommandLine octets
     * @param maxErrors refused commands since the last accepted message
     * @param maxUnknownCommands likewise
     */
    public record Sessions(int threads, int maxCommandLine, int maxErrors, int maxUnknownCommands) {}

    /**
     * @param maxConnections in all
     * @param maxConnectionsPerAddress one IPv4 address, or one /64 of IPv6
     * @param maxCommandsPerMinute of those who are not authenticated, likewise
     * @param receivedClient whether the Received header field shows who the client is
     * @param proxies networks whose connections begin with a header of the PROXY protocol
     */
    public record Listener(
            int maxConnections,
            int maxConnectionsPerAddress,
            int maxCommandsPerMinute,
            boolean receivedClient,
            List<Cidr> proxies) {}
}
