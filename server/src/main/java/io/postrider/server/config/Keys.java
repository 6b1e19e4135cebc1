package io.postrider.server.config;

import io.postrider.mail.EmailAddress;
import io.postrider.mx.IpVersions;
import io.postrider.route.Relay;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Every setting there is. Its sentence stands in its file in {@code james-conf} and in {@code docs/reference/configuration.md}. */
final class Keys {
    private static final List<Key<?>> ALL_KEYS = new ArrayList<>();

    private static final String SERVER_FILE = "server.properties";
    private static final String SUBMISSION_FILE = "submission.properties";
    private static final String SMTP_FILE = "smtp.properties";
    private static final String INBOUND_FILE = "inbound.properties";
    private static final String QUEUE_FILE = "queue.properties";
    private static final String DELIVERY_FILE = "delivery.properties";
    private static final String DNS_FILE = "dns.properties";
    private static final String RETRY_FILE = "retry.properties";
    private static final String REPORTS_FILE = "reports.properties";
    private static final String RETURN_PATH_FILE = "returnpath.properties";
    private static final String SIMULATOR_FILE = "simulator.properties";
    private static final String STORE_FILE = "store.properties";

    static final Key<String> BIND_ADDRESS = key("bindAddress", SERVER_FILE, "127.0.0.1", ValueTypes.ipAddress());
    static final Key<Optional<String>> HOST_NAME = key("hostName", SERVER_FILE, "", ValueTypes.hostName());
    static final Key<Optional<Secret>> MASTER_KEY = secret("masterKey", SERVER_FILE, ValueTypes.secret());
    static final Key<Duration> WARM_UP = key("warmUp", SERVER_FILE, "2s", ValueTypes.duration("0s", "1m"));
    static final Key<Integer> ADMIN_PORT = key("admin.port", SERVER_FILE, "8000", ValueTypes.port());
    static final Key<Optional<Secret>> ADMIN_TOKEN = secret("admin.token", SERVER_FILE, ValueTypes.token());
    static final Key<Optional<String>> ADMIN_CORS_ORIGIN =
            key("admin.corsOrigin", SERVER_FILE, "", ValueTypes.origin());
    static final Key<Integer> API_PORT = key("api.port", SERVER_FILE, "8080", ValueTypes.port());

    static final Key<Integer> SUBMISSION_PORT = key("submission.port", SUBMISSION_FILE, "2587", ValueTypes.port());
    static final Key<Long> SUBMISSION_MAX_MESSAGE_SIZE =
            key("submission.maxMessageSize", SUBMISSION_FILE, "10MiB", ValueTypes.size("64KiB", "1GiB"));
    static final Key<Integer> SUBMISSION_MAX_RECIPIENTS =
            key("submission.maxRecipients", SUBMISSION_FILE, "1000", ValueTypes.integer(1, 100_000));
    static final Key<TrustedNetworks> SUBMISSION_TRUSTED_NETWORKS =
            key("submission.trustedNetworks", SUBMISSION_FILE, "", ValueTypes.trustedNetworks());
    static final Key<Boolean> SUBMISSION_AUTH_WITHOUT_TLS =
            key("submission.authWithoutTls", SUBMISSION_FILE, "false", ValueTypes.bool());
    static final Key<Duration> SUBMISSION_CREDENTIAL_CACHE_TTL =
            key("submission.credentialCacheTtl", SUBMISSION_FILE, "60s", ValueTypes.duration("0s", "1h"));
    static final Key<Integer> SUBMISSION_TLS_PORT =
            key("submission.tlsPort", SUBMISSION_FILE, "2465", ValueTypes.port());
    static final Key<Duration> SUBMISSION_AUTH_TIMEOUT =
            key("submission.authTimeout", SUBMISSION_FILE, "2m", ValueTypes.duration("1s", "1h"));
    static final Key<Integer> SUBMISSION_MAX_CONNECTIONS =
            key("submission.maxConnections", SUBMISSION_FILE, "5000", ValueTypes.integer(1, 1_000_000));
    static final Key<Integer> SUBMISSION_MAX_CONNECTIONS_PER_ADDRESS =
            key("submission.maxConnectionsPerAddress", SUBMISSION_FILE, "200", ValueTypes.integer(1, 1_000_000));
    static final Key<Integer> SUBMISSION_MAX_COMMANDS_PER_MINUTE =
            key("submission.maxCommandsPerMinute", SUBMISSION_FILE, "100000", ValueTypes.integer(1, 100_000_000));
    static final Key<Boolean> SUBMISSION_RECEIVED_CLIENT =
            key("submission.receivedClient", SUBMISSION_FILE, "none", ValueTypes.fullOrNone());
    static final Key<List<Cidr>> SUBMISSION_PROXY_PROTOCOL =
            key("submission.proxyProtocol", SUBMISSION_FILE, "", ValueTypes.networks());
    static final Key<Boolean> SUBMISSION_ADDRESS_LITERALS =
            key("submission.addressLiterals", SUBMISSION_FILE, "false", ValueTypes.bool());
    static final Key<Integer> SUBMISSION_AUTH_MAX_FAILURES =
            key("submission.auth.maxFailures", SUBMISSION_FILE, "10", ValueTypes.integer(1, 1_000_000));
    static final Key<Duration> SUBMISSION_AUTH_FAILURE_WINDOW =
            key("submission.auth.failureWindow", SUBMISSION_FILE, "10m", ValueTypes.duration("1s", "1d"));
    static final Key<Duration> SUBMISSION_AUTH_PENALTY =
            key("submission.auth.penalty", SUBMISSION_FILE, "10m", ValueTypes.duration("1s", "1d"));
    static final Key<Integer> SUBMISSION_AUTH_CONCURRENT_HASHES =
            key("submission.auth.concurrentHashes", SUBMISSION_FILE, "4", ValueTypes.integer(1, 1000));
    static final Key<Duration> SUBMISSION_AUTH_HASH_WAIT =
            key("submission.auth.hashWait", SUBMISSION_FILE, "2s", ValueTypes.duration("0s", "1m"));

    static final Key<SmtpSettings.BareLineEnds> SMTP_BARE_LINE_ENDS =
            key("smtp.bareLineEnds", SMTP_FILE, "normalise", ValueTypes.oneOf(SmtpSettings.BareLineEnds.class));
    static final Key<SmtpSettings.LongLines> SMTP_LONG_LINES =
            key("smtp.longLines", SMTP_FILE, "keep", ValueTypes.oneOf(SmtpSettings.LongLines.class));
    static final Key<Long> SMTP_MAX_HEADER_SIZE =
            key("smtp.maxHeaderSize", SMTP_FILE, "1MiB", ValueTypes.size("16KiB", "64MiB"));
    static final Key<Integer> SMTP_MAX_HEADER_FIELDS =
            key("smtp.maxHeaderFields", SMTP_FILE, "1000", ValueTypes.integer(50, 1_000_000));
    static final Key<Integer> SMTP_MAX_HOPS = key("smtp.maxHops", SMTP_FILE, "100", ValueTypes.integer(1, 1000));
    static final Key<Integer> SMTP_THREADS = key("smtp.threads", SMTP_FILE, "32", ValueTypes.integer(1, 1000));
    static final Key<Long> SMTP_MEMORY_PER_MESSAGE =
            key("smtp.memoryPerMessage", SMTP_FILE, "256KiB", ValueTypes.size("1KiB", "1GiB"));
    static final Key<Long> SMTP_MEMORY = key("smtp.memory", SMTP_FILE, "64MiB", ValueTypes.size("1MiB", "64GiB"));
    static final Key<Long> SMTP_MAX_COMMAND_LINE =
            key("smtp.maxCommandLine", SMTP_FILE, "12KiB", ValueTypes.size("512", "1MiB"));
    static final Key<Integer> SMTP_MAX_ERRORS =
            key("smtp.maxErrors", SMTP_FILE, "100", ValueTypes.integer(1, 1_000_000));
    static final Key<Integer> SMTP_MAX_UNKNOWN_COMMANDS =
            key("smtp.maxUnknownCommands", SMTP_FILE, "10", ValueTypes.integer(1, 1_000_000));
    static final Key<Duration> SMTP_IDLE_TIMEOUT =
            key("smtp.idleTimeout", SMTP_FILE, "5m", ValueTypes.duration("1s", "1h"));
    static final Key<Duration> SMTP_LINE_TIMEOUT =
            key("smtp.lineTimeout", SMTP_FILE, "1m", ValueTypes.duration("1s", "1h"));
    static final Key<Duration> SMTP_WRITE_TIMEOUT =
            key("smtp.writeTimeout", SMTP_FILE, "1m", ValueTypes.duration("1s", "1h"));
    static final Key<Duration> SMTP_DATA_TIMEOUT =
            key("smtp.dataTimeout", SMTP_FILE, "3m", ValueTypes.duration("1s", "1h"));
    static final Key<Integer> SMTP_MIN_DATA_RATE =
            key("smtp.minDataRate", SMTP_FILE, "100", ValueTypes.integer(1, 1_000_000));
    static final Key<Duration> SMTP_MAX_MESSAGE_TIME =
            key("smtp.maxMessageTime", SMTP_FILE, "30m", ValueTypes.duration("1s", "1d"));
    static final Key<Duration> SMTP_HANDSHAKE_TIMEOUT =
            key("smtp.handshakeTimeout", SMTP_FILE, "30s", ValueTypes.duration("1s", "10m"));
    static final Key<Duration> SMTP_STOP_TIMEOUT =
            key("smtp.stopTimeout", SMTP_FILE, "3s", ValueTypes.duration("0s", "5m"));
    static final Key<String> SMTP_TLS_CERTIFICATE =
            key("smtp.tls.certificate", SMTP_FILE, "keys/smtp.cert.pem", ValueTypes.file());
    static final Key<String> SMTP_TLS_PRIVATE_KEY =
            key("smtp.tls.privateKey", SMTP_FILE, "keys/smtp.key.pem", ValueTypes.file());
    static final Key<Optional<String>> SMTP_TLS_KEYSTORE =
            key("smtp.tls.keystore", SMTP_FILE, "", ValueTypes.optionalFile());
    static final Key<Optional<Secret>> SMTP_TLS_PASSWORD = secret("smtp.tls.password", SMTP_FILE, ValueTypes.secret());
    static final Key<Duration> SMTP_TLS_RELOAD_INTERVAL =
            key("smtp.tls.reloadInterval", SMTP_FILE, "1m", ValueTypes.duration("1s", "1d"));

    static final Key<Integer> INBOUND_PORT = key("inbound.port", INBOUND_FILE, "2525", ValueTypes.port());
    static final Key<Long> INBOUND_MAX_MESSAGE_SIZE =
            key("inbound.maxMessageSize", INBOUND_FILE, "10MiB", ValueTypes.size("64KiB", "1GiB"));
    static final Key<Optional<EmailAddress>> INBOUND_POSTMASTER =
            key("inbound.postmaster", INBOUND_FILE, "", ValueTypes.address());
    static final Key<Integer> INBOUND_MAX_CONNECTIONS =
            key("inbound.maxConnections", INBOUND_FILE, "5000", ValueTypes.integer(1, 1_000_000));
    static final Key<Integer> INBOUND_MAX_CONNECTIONS_PER_ADDRESS =
            key("inbound.maxConnectionsPerAddress", INBOUND_FILE, "100", ValueTypes.integer(1, 1_000_000));
    static final Key<Integer> INBOUND_MAX_COMMANDS_PER_MINUTE =
            key("inbound.maxCommandsPerMinute", INBOUND_FILE, "100000", ValueTypes.integer(1, 100_000_000));
    static final Key<Boolean> INBOUND_RECEIVED_CLIENT =
            key("inbound.receivedClient", INBOUND_FILE, "full", ValueTypes.fullOrNone());
    static final Key<List<Cidr>> INBOUND_PROXY_PROTOCOL =
            key("inbound.proxyProtocol", INBOUND_FILE, "", ValueTypes.networks());

    static final Key<Integer> QUEUE_WINDOW_MESSAGES =
            key("queue.windowMessages", QUEUE_FILE, "1000", ValueTypes.integer(1, 1_000_000));
    static final Key<Long> QUEUE_WINDOW_BYTES =
            key("queue.windowBytes", QUEUE_FILE, "64MiB", ValueTypes.size("64KiB", "64GiB"));
    static final Key<Integer> QUEUE_LANE_SHARE = key("queue.laneShare", QUEUE_FILE, "25", ValueTypes.integer(1, 100));
    static final Key<Integer> QUEUE_MAX_BACKLOGS =
            key("queue.maxBacklogs", QUEUE_FILE, "1000", ValueTypes.integer(0, 100_000));
    static final Key<Long> QUEUE_JOURNAL_FILE_SIZE =
            key("queue.journalFileSize", QUEUE_FILE, "32MiB", ValueTypes.size("1MiB", "1GiB"));
    static final Key<Duration> QUEUE_CLEANUP_INTERVAL =
            key("queue.cleanupInterval", QUEUE_FILE, "5s", ValueTypes.duration("1s", "1h"));
    static final Key<Long> QUEUE_MEMORY_LIMIT =
            key("queue.memoryLimit", QUEUE_FILE, "64MiB", ValueTypes.size("1MiB", "64GiB"));
    static final Key<Integer> QUEUE_PRODUCERS = key("queue.producers", QUEUE_FILE, "2", ValueTypes.integer(1, 1000));
    static final Key<Duration> QUEUE_MAX_AGE = key("queue.maxAge", QUEUE_FILE, "15m", ValueTypes.duration("1s", "7d"));
    static final Key<Duration> QUEUE_MAX_WORK_TIME =
            key("queue.maxWorkTime", QUEUE_FILE, "2h", ValueTypes.duration("1m", "7d"));
    static final Key<Duration> SWEEPER_INTERVAL =
            key("sweeper.interval", QUEUE_FILE, "5m", ValueTypes.duration("1s", "1d"));
    static final Key<Duration> SWEEPER_GRACE = key("sweeper.grace", QUEUE_FILE, "10m", ValueTypes.duration("1s", "7d"));
    static final Key<Integer> SWEEPER_MAX_PER_RUN =
            key("sweeper.maxPerRun", QUEUE_FILE, "1000", ValueTypes.integer(1, 100_000));
    static final Key<Integer> SPOOL_THREADS = key("spool.threads", QUEUE_FILE, "8", ValueTypes.integer(1, 1000));

    static final Key<Duration> DELIVERY_CONNECT_TIMEOUT =
            key("delivery.connectTimeout", DELIVERY_FILE, "30s", ValueTypes.duration("1ms", "1h"));
    static final Key<Duration> DELIVERY_BANNER_TIMEOUT =
            key("delivery.bannerTimeout", DELIVERY_FILE, "5m", ValueTypes.duration("1ms", "1h"));
    static final Key<Duration> DELIVERY_COMMAND_TIMEOUT =
            key("delivery.commandTimeout", DELIVERY_FILE, "5m", ValueTypes.duration("1ms", "1h"));
    static final Key<Duration> DELIVERY_DATA_INIT_TIMEOUT =
            key("delivery.dataInitTimeout", DELIVERY_FILE, "2m", ValueTypes.duration("1ms", "1h"));
    static final Key<Duration> DELIVERY_DATA_BLOCK_TIMEOUT =
            key("delivery.dataBlockTimeout", DELIVERY_FILE, "3m", ValueTypes.duration("1ms", "1h"));
    static final Key<Duration> DELIVERY_DATA_END_TIMEOUT =
            key("delivery.dataEndTimeout", DELIVERY_FILE, "10m", ValueTypes.duration("1ms", "1h"));
    static final Key<Duration> DELIVERY_IDLE_TIMEOUT =
            key("delivery.idleTimeout", DELIVERY_FILE, "30s", ValueTypes.duration("1ms", "1h"));
    static final Key<Duration> DELIVERY_MAX_WAIT =
            key("delivery.maxWait", DELIVERY_FILE, "20s", ValueTypes.duration("100ms", "1h"));
    static final Key<Duration> DELIVERY_POSTPONE_DELAY =
            key("delivery.postponeDelay", DELIVERY_FILE, "10s", ValueTypes.duration("1s", "1h"));
    static final Key<Duration> DELIVERY_POSTPONE_DELAY_MAX =
            key("delivery.postponeDelayMax", DELIVERY_FILE, "5m", ValueTypes.duration("1s", "1d"));
    static final Key<Integer> DELIVERY_MAX_PENDING =
            key("delivery.maxPending", DELIVERY_FILE, "1000", ValueTypes.integer(1, 1_000_000));
    static final Key<Optional<String>> DELIVERY_EHLO_NAME =
            key("delivery.ehloName", DELIVERY_FILE, "", ValueTypes.hostName());

    static final Key<Integer> DELIVERY_MAX_CONNECTIONS =
            key("delivery.maxConnections", DELIVERY_FILE, "1000", ValueTypes.integer(1, 1_000_000));
    static final Key<Duration> DELIVERY_ATTEMPT_DELAY =
            key("delivery.attemptDelay", DELIVERY_FILE, "250ms", ValueTypes.duration("10ms", "30s"));
    static final Key<Duration> DELIVERY_FIRST_PAUSE =
            key("delivery.firstPause", DELIVERY_FILE, "5s", ValueTypes.duration("0s", "1d"));
    static final Key<Duration> DELIVERY_MAX_PAUSE =
            key("delivery.maxPause", DELIVERY_FILE, "5m", ValueTypes.duration("0s", "1d"));
    static final Key<Duration> DELIVERY_FAULT_MEMORY =
            key("delivery.faultMemory", DELIVERY_FILE, "1h", ValueTypes.duration("1s", "30d"));
    static final Key<Duration> DELIVERY_SEVEN_BIT_MEMORY =
            key("delivery.sevenBitMemory", DELIVERY_FILE, "1d", ValueTypes.duration("1s", "30d"));
    static final Key<Integer> DIRECT_PORT =
            key("delivery.direct.port", DELIVERY_FILE, "25", ValueTypes.integer(1, 65535));
    static final Key<Relay.TlsMode> DIRECT_TLS =
            key("delivery.direct.tls", DELIVERY_FILE, "opportunistic", ValueTypes.directTls());
    static final Key<Integer> DIRECT_MAX_CONNECTIONS =
            key("delivery.direct.maxConnections", DELIVERY_FILE, "10", ValueTypes.integer(1, 1000));
    static final Key<Integer> DIRECT_MESSAGES_PER_CONNECTION =
            key("delivery.direct.messagesPerConnection", DELIVERY_FILE, "100", ValueTypes.integer(1, 1_000_000));
    static final Key<Integer> DIRECT_MAX_RECIPIENTS =
            key("delivery.direct.maxRecipients", DELIVERY_FILE, "100", ValueTypes.integer(1, 1000));
    static final Key<IpVersions> DIRECT_IP_VERSIONS =
            key("delivery.direct.ipVersions", DELIVERY_FILE, "4,6", ValueTypes.ipVersions());
    static final Key<Duration> DIRECT_GATHER_TIME =
            key("delivery.direct.gatherTime", DELIVERY_FILE, "500ms", ValueTypes.duration("0s", "1m"));
    static final Key<Integer> DIRECT_MAX_HOSTS =
            key("delivery.direct.maxHosts", DELIVERY_FILE, "5", ValueTypes.integer(1, 50));
    static final Key<Integer> DIRECT_MAX_ADDRESSES =
            key("delivery.direct.maxAddresses", DELIVERY_FILE, "4", ValueTypes.integer(1, 50));
    static final Key<Boolean> DIRECT_ADDRESS_LITERALS =
            key("delivery.direct.addressLiterals", DELIVERY_FILE, "false", ValueTypes.bool());
    static final Key<Boolean> DIRECT_ALLOW_PRIVATE =
            key("delivery.direct.allowPrivate", DELIVERY_FILE, "false", ValueTypes.bool());
    static final Key<Boolean> DIRECT_ALLOW_LOOPBACK =
            key("delivery.direct.allowLoopback", DELIVERY_FILE, "false", ValueTypes.bool());

    static final Key<List<InetSocketAddress>> DNS_SERVERS =
            key("dns.servers", DNS_FILE, "", ValueTypes.socketAddresses());
    static final Key<Duration> DNS_TIMEOUT = key("dns.timeout", DNS_FILE, "3s", ValueTypes.duration("10ms", "1m"));
    static final Key<Integer> DNS_ROUNDS = key("dns.rounds", DNS_FILE, "2", ValueTypes.integer(1, 10));
    static final Key<Duration> DNS_MIN_TTL = key("dns.minTtl", DNS_FILE, "5s", ValueTypes.duration("0s", "1h"));
    static final Key<Duration> DNS_MAX_TTL = key("dns.maxTtl", DNS_FILE, "1d", ValueTypes.duration("1h", "7d"));
    static final Key<Duration> DNS_MAX_NEGATIVE_TTL =
            key("dns.maxNegativeTtl", DNS_FILE, "15m", ValueTypes.duration("0s", "1d"));
    static final Key<Duration> DNS_FAILURE_TTL = key("dns.failureTtl", DNS_FILE, "5s", ValueTypes.duration("0s", "5m"));
    static final Key<Integer> DNS_CACHE_ENTRIES =
            key("dns.cacheEntries", DNS_FILE, "50000", ValueTypes.integer(1, 10_000_000));
    static final Key<Integer> DNS_MAX_OUTSTANDING =
            key("dns.maxOutstanding", DNS_FILE, "500", ValueTypes.integer(1, 100_000));

    static final Key<List<Duration>> RETRY_SCHEDULE =
            key("retry.schedule", RETRY_FILE, "10s,1m,5m,15m,30m,1h,2h", ValueTypes.durations());
    static final Key<Double> RETRY_JITTER = key("retry.jitter", RETRY_FILE, "0.2", ValueTypes.share());
    static final Key<Duration> RETRY_TTL = key("retry.ttl", RETRY_FILE, "1d", ValueTypes.duration("1s", "30d"));
    static final Key<List<String>> RETRY_LONG_STREAMS =
            key("retry.long.streams", RETRY_FILE, "broadcast", ValueTypes.names());
    static final Key<List<Duration>> RETRY_LONG_SCHEDULE =
            key("retry.long.schedule", RETRY_FILE, "5m,15m,30m,1h,2h,4h", ValueTypes.durations());
    static final Key<Duration> RETRY_LONG_TTL =
            key("retry.long.ttl", RETRY_FILE, "4d", ValueTypes.duration("1s", "30d"));

    static final Key<Duration> REPORTS_DELAY_AFTER =
            key("reports.delayAfter", REPORTS_FILE, "4h", ValueTypes.duration("1s", "30d"));
    static final Key<Long> REPORTS_MAX_RETURNED =
            key("reports.maxReturned", REPORTS_FILE, "64KiB", ValueTypes.size("0", "64MiB"));

    static final Key<Duration> RETURN_PATH_MAX_AGE =
            key("returnpath.maxAge", RETURN_PATH_FILE, "30d", ValueTypes.duration("1h", "365d"));

    static final Key<Integer> SIMULATOR_PORT = key("simulator.port", SIMULATOR_FILE, "0", ValueTypes.port());
    static final Key<Integer> SIMULATOR_KEEP_MESSAGES =
            key("simulator.keepMessages", SIMULATOR_FILE, "1000", ValueTypes.integer(0, 1_000_000));
    static final Key<Long> SIMULATOR_KEEP_BYTES =
            key("simulator.keepBytes", SIMULATOR_FILE, "64MiB", ValueTypes.size("0", "64GiB"));
    static final Key<Integer> SIMULATOR_CONNECTIONS =
            key("simulator.connections", SIMULATOR_FILE, "8", ValueTypes.integer(1, 1000));

    static final Key<Integer> STORE_BATCH = key("store.batch", STORE_FILE, "500", ValueTypes.integer(1, 100_000));
    static final Key<Integer> STORE_BACKLOG =
            key("store.backlog", STORE_FILE, "50000", ValueTypes.integer(1, 10_000_000));
    static final Key<Duration> STORE_COMMIT_PAUSE =
            key("store.commitPause", STORE_FILE, "10ms", ValueTypes.duration("0s", "1s"));
    static final Key<Duration> STORE_ACCEPTANCE_DELAY =
            key("store.acceptanceDelay", STORE_FILE, "250ms", ValueTypes.duration("0s", "900ms"));
    static final Key<Long> STORE_MIN_FREE_DISK =
            key("store.minFreeDisk", STORE_FILE, "256MiB", ValueTypes.size("0", "64GiB"));

    static final List<Key<?>> ALL = Collections.unmodifiableList(ALL_KEYS);

    private Keys() {}

    private static <T> Key<T> key(String name, String file, String defaultText, ValueType<T> type) {
        return register(new Key<>(name, file, defaultText, type, false));
    }

    private static <T> Key<T> secret(String name, String file, ValueType<T> type) {
        return register(new Key<>(name, file, "", type, true));
    }

    private static <T> Key<T> register(Key<T> key) {
        ALL_KEYS.add(key);
        return key;
    }
}
