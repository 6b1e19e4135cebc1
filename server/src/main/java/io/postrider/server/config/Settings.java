package io.postrider.server.config;

import io.postrider.delivery.PostponeDelay;
import io.postrider.delivery.RetrySchedules;
import io.postrider.delivery.smtp.DirectRoute;
import io.postrider.delivery.smtp.SmtpClientSettings;
import io.postrider.dispatch.Sweeper;
import io.postrider.dns.dnsjava.DnsSettings;
import io.postrider.mail.EmailAddress;
import io.postrider.mx.IpVersions;
import io.postrider.mx.MxResolver;
import io.postrider.shaping.ShapingRules;
import io.postrider.submission.MessageLimits;
import io.postrider.tenant.LoginBrake;
import java.time.Duration;
import java.util.Optional;

/** What a node was told, checked and with defaults filled in. {@link SettingsReader} makes it. */
public record Settings(
        Server server,
        Admin admin,
        Api api,
        Submission submission,
        Inbound inbound,
        SmtpSettings smtp,
        Rules rules,
        Queue queue,
        Sweeper.Limits sweeper,
        Duration sweeperInterval,
        Spool spool,
        Delivery delivery,
        RetrySchedules retry,
        Reports reports,
        ReturnPath returnPath,
        Simulator simulator,
        Store store,
        DnsSettings dns,
        Direct direct,
        ShapingRules shaping) {

    /**
     * @param bindAddress IP address, IPv4 or IPv6, that all ports listen on
     * @param warmUp how long a start may pass mails for exercise; zero for not at all
     * @param hostName in greetings, EHLO and Received
     * @param masterKey Tink keyset that encrypts secrets at rest; none means the one of {@code HOME/secrets/master.key}
     */
    public record Server(String bindAddress, String hostName, Optional<Secret> masterKey, Duration warmUp) {}

    /**
     * @param port 0 means any that is free, here and below
     * @param token none means that the first run makes one
     * @param corsOrigin that browsers may call from; none means no CORS header
     */
    public record Admin(int port, Optional<Secret> token, Optional<String> corsOrigin) {}

    public record Api(int port) {}

    /**
     * @param maxMessageSize bytes
     * @param maxRecipients of one message
     * @param authWithoutTls whether passwords may cross the wire in clear text
     * @param credentialCacheTtl how long a verified password is believed without a new hash
     */
    public record Submission(
            int port,
            long maxMessageSize,
            int maxRecipients,
            TrustedNetworks trustedNetworks,
            boolean authWithoutTls,
            Duration credentialCacheTtl) {}

    /**
     * Reports to senders (DSN).
     *
     * @param delayAfter from acceptance until a delay is told
     * @param maxReturned bytes of a message that is given back whole
     */
    public record Reports(Duration delayAfter, long maxReturned) {}

    /** @param maxMessageSize bytes */
    public record Inbound(int port, long maxMessageSize) {}

    /**
     * What is taken by SMTP, and from whom.
     *
     * @param addressLiterals whether recipients such as {@code bob@[192.0.2.1]} are taken
     * @param concurrentHashes passwords that are checked at the same time
     * @param hashWait for one of those to end; then a login is put off
     * @param postmaster whom the inbound port names to those who write to postmaster or abuse
     */
    public record Rules(
            boolean addressLiterals,
            LoginBrake.Limits logins,
            int concurrentHashes,
            Duration hashWait,
            MessageLimits messages,
            Optional<EmailAddress> postmaster) {}

    /**
     * @param windowMessages unacknowledged entries at a time
     * @param laneShare of both of the window, in percent, for what waits long for connections to one place
     * @param windowBytes of them together
     * @param journalFileSize bytes of one journal file
     * @param cleanupInterval between two looks for journal files that nobody needs
     * @param memoryLimit bytes of messages that the broker holds in memory
     * @param producers connections to the broker that accept mail at the same time
     * @param maxAge how long a mail may wait for its turn before the health check says so
     */
    public record Queue(
            int windowMessages,
            long windowBytes,
            int laneShare,
            int maxBacklogs,
            long journalFileSize,
            Duration cleanupInterval,
            long memoryLimit,
            int producers,
            Duration maxAge) {}

    /** @param threads mails in the pipeline at the same time */
    public record Spool(int threads) {}

    /**
     * The timeouts are those of <a href="https://datatracker.ietf.org/doc/html/rfc5321#section-4.5.3.2">RFC 5321, section 4.5.3.2</a>.
     *
     * @param bannerTimeout until the 220 greeting
     * @param commandTimeout until the reply to EHLO, MAIL, RCPT and the like
     * @param dataInitTimeout until the 354
     * @param dataBlockTimeout for each block of content that the peer takes
     * @param dataEndTimeout until the reply to the final dot
     * @param idleTimeout after which an unused session is closed
     * @param maxWait for a free session before the mail is deferred
     * @param postponeDelay until a mail comes back whose next hop was busy, or whose store did not answer
     * @param maxPending mails that wait for a session
     * @param attemptDelay until the next address of a host is tried beside one that has not answered
     * @param pauses of addresses that do not answer
     * @param faultMemory how long it is remembered what a peer has shown to be unable to do
     * @param sevenBitMemory likewise that it takes no 8-bit content
     */
    public record Delivery(
            Duration connectTimeout,
            Duration bannerTimeout,
            Duration commandTimeout,
            Duration dataInitTimeout,
            Duration dataBlockTimeout,
            Duration dataEndTimeout,
            Duration idleTimeout,
            Duration maxWait,
            PostponeDelay postponeDelay,
            int maxPending,
            String ehloName,
            Duration attemptDelay,
            SmtpClientSettings.Pauses pauses,
            Duration faultMemory,
            Duration sevenBitMemory) {}

    /** Mail to the mail servers of its recipients. */
    public record Direct(
            DirectRoute.Settings route, AddressRules addresses, IpVersions ipVersions, MxResolver.Limits limits) {}

    /** Which addresses direct mail may go to. */
    public record AddressRules(boolean literals, boolean privateNetworks, boolean loopback) {}

    /** @param maxAge how long after a message its return path accepts reports */
    public record ReturnPath(Duration maxAge) {}

    /**
     * @param keepMessages the newest mails that can be looked at
     * @param keepBytes of them together
     * @param connections that deliveries to it use at the same time
     */
    public record Simulator(int port, int keepMessages, long keepBytes, int connections) {}

    /**
     * @param batch changes in one transaction
     * @param backlog unwritten changes above which no mail is accepted
     * @param commitPause between two transactions under load
     * @param acceptanceDelay how long an acceptance waits to be written together with an outcome
     */
    public record Store(int batch, int backlog, Duration commitPause, Duration acceptanceDelay) {}
}
