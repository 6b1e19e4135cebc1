package io.postrider.server.config;

import io.postrider.delivery.PostponeDelay;
import io.postrider.delivery.RetrySchedule;
import io.postrider.delivery.RetrySchedules;
import io.postrider.delivery.smtp.DirectRoute;
import io.postrider.delivery.smtp.SmtpClientSettings;
import io.postrider.dispatch.Sweeper;
import io.postrider.dns.dnsjava.DnsSettings;
import io.postrider.mx.MxResolver;
import io.postrider.route.Relay;
import io.postrider.shaping.ShapingFile;
import io.postrider.shaping.ShapingRules;
import io.postrider.submission.MessageLimits;
import io.postrider.tenant.LoginBrake;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the settings: the default of each key, over it the {@code .properties} file of its capability, over that its environment
 * variable. What is wrong stops the start; an unknown {@code POSTRIDER_*} variable is only a warning, since it may be meant for another
 * version or tool.
 */
public final class SettingsReader {
    private static final Logger LOGGER = LoggerFactory.getLogger(SettingsReader.class);
    private static final String SHAPING_FILE = "shaping.properties";
    private static final String FALLBACK_HOST_NAME = "localhost.localdomain";

    private final Supplier<String> machineName;
    private final Consumer<String> warnings;

    /**
     * @param machineName asked when no host name is set
     * @param warnings takes what does not stop the start
     */
    SettingsReader(Supplier<String> machineName, Consumer<String> warnings) {
        this.machineName = machineName;
        this.warnings = warnings;
    }

    /**
     * Reads the files of a directory, those that exist, and the environment.
     *
     * @throws SettingsException with a line for each problem
     * @throws UncheckedIOException when a file is there and cannot be read
     */
    public static Settings read(Path conf, Map<String, String> environment) {
        return new SettingsReader(SettingsReader::nameOfThisMachine, LOGGER::warn).readFrom(conf, environment);
    }

    Settings readFrom(Path conf, Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        Values values = new Values(readFiles(conf, problems), environment, problems);
        warnOfUnknownVariables(environment.keySet());
        warnOfMisspeltFiles(conf);
        Settings settings = settingsOf(values, readShaping(conf, problems));
        problems.addAll(sharedPorts(settings));
        if (!problems.isEmpty()) {
            throw new SettingsException(problems);
        }
        return settings;
    }

    private static RetrySchedules retry(Values values) {
        double jitter = values.get(Keys.RETRY_JITTER);
        RetrySchedule patient = new RetrySchedule(
                "retry.long", values.get(Keys.RETRY_LONG_SCHEDULE), jitter, values.get(Keys.RETRY_LONG_TTL));
        return new RetrySchedules(
                new RetrySchedule("retry", values.get(Keys.RETRY_SCHEDULE), jitter, values.get(Keys.RETRY_TTL)),
                values.get(Keys.RETRY_LONG_STREAMS).stream()
                        .distinct()
                        .collect(Collectors.toMap(stream -> stream, stream -> patient)));
    }

    private Settings settingsOf(Values values, ShapingRules shaping) {
        String hostName = values.get(Keys.HOST_NAME).orElseGet(this::defaultHostName);
        return new Settings(
                new Settings.Server(
                        values.get(Keys.BIND_ADDRESS), hostName, values.get(Keys.MASTER_KEY), values.get(Keys.WARM_UP)),
                new Settings.Admin(
                        values.get(Keys.ADMIN_PORT), values.get(Keys.ADMIN_TOKEN), values.get(Keys.ADMIN_CORS_ORIGIN)),
                new Settings.Api(values.get(Keys.API_PORT)),
                new Settings.Submission(
                        values.get(Keys.SUBMISSION_PORT),
                        values.get(Keys.SUBMISSION_MAX_MESSAGE_SIZE),
                        values.get(Keys.SUBMISSION_MAX_RECIPIENTS),
                        values.get(Keys.SUBMISSION_TRUSTED_NETWORKS),
                        values.get(Keys.SUBMISSION_AUTH_WITHOUT_TLS),
                        values.get(Keys.SUBMISSION_CREDENTIAL_CACHE_TTL)),
                new Settings.Inbound(values.get(Keys.INBOUND_PORT), values.get(Keys.INBOUND_MAX_MESSAGE_SIZE)),
                smtpOf(values),
                rules(values),
                new Settings.Queue(
                        values.get(Keys.QUEUE_WINDOW_MESSAGES),
                        values.get(Keys.QUEUE_WINDOW_BYTES),
                        values.get(Keys.QUEUE_LANE_SHARE),
                        values.get(Keys.QUEUE_MAX_BACKLOGS),
                        values.get(Keys.QUEUE_JOURNAL_FILE_SIZE),
                        values.get(Keys.QUEUE_CLEANUP_INTERVAL),
                        values.get(Keys.QUEUE_MEMORY_LIMIT),
                        values.get(Keys.QUEUE_PRODUCERS),
                        values.get(Keys.QUEUE_MAX_AGE)),
                new Sweeper.Limits(
                        values.get(Keys.SWEEPER_GRACE),
                        values.get(Keys.QUEUE_MAX_WORK_TIME),
                        values.get(Keys.SWEEPER_MAX_PER_RUN)),
                values.get(Keys.SWEEPER_INTERVAL),
                new Settings.Spool(values.get(Keys.SPOOL_THREADS)),
                new Settings.Delivery(
                        values.get(Keys.DELIVERY_CONNECT_TIMEOUT),
                        values.get(Keys.DELIVERY_BANNER_TIMEOUT),
                        values.get(Keys.DELIVERY_COMMAND_TIMEOUT),
                        values.get(Keys.DELIVERY_DATA_INIT_TIMEOUT),
                        values.get(Keys.DELIVERY_DATA_BLOCK_TIMEOUT),
                        values.get(Keys.DELIVERY_DATA_END_TIMEOUT),
                        values.get(Keys.DELIVERY_IDLE_TIMEOUT),
                        values.get(Keys.DELIVERY_MAX_WAIT),
                        new PostponeDelay(
                                values.get(Keys.DELIVERY_POSTPONE_DELAY), values.get(Keys.DELIVERY_POSTPONE_DELAY_MAX)),
                        values.get(Keys.DELIVERY_MAX_PENDING),
                        values.get(Keys.DELIVERY_EHLO_NAME).orElse(hostName),
                        values.get(Keys.DELIVERY_ATTEMPT_DELAY),
                        new SmtpClientSettings.Pauses(
                                values.get(Keys.DELIVERY_FIRST_PAUSE), values.get(Keys.DELIVERY_MAX_PAUSE)),
                        values.get(Keys.DELIVERY_FAULT_MEMORY),
                        values.get(Keys.DELIVERY_SEVEN_BIT_MEMORY)),
                retry(values),
                new Settings.Reports(values.get(Keys.REPORTS_DELAY_AFTER), values.get(Keys.REPORTS_MAX_RETURNED)),
                new Settings.ReturnPath(values.get(Keys.RETURN_PATH_MAX_AGE)),
                new Settings.Simulator(
                        values.get(Keys.SIMULATOR_PORT),
                        values.get(Keys.SIMULATOR_KEEP_MESSAGES),
                        values.get(Keys.SIMULATOR_KEEP_BYTES),
                        values.get(Keys.SIMULATOR_CONNECTIONS)),
                new Settings.Store(
                        values.get(Keys.STORE_BATCH),
                        values.get(Keys.STORE_BACKLOG),
                        values.get(Keys.STORE_COMMIT_PAUSE),
                        values.get(Keys.STORE_ACCEPTANCE_DELAY)),
                dns(values),
                direct(values),
                shaping);
    }

    private static SmtpSettings smtpOf(Values values) {
        return new SmtpSettings(
                new SmtpSettings.Content(
                        values.get(Keys.SMTP_BARE_LINE_ENDS),
                        values.get(Keys.SMTP_LONG_LINES),
                        values.get(Keys.SMTP_MEMORY_PER_MESSAGE),
                        values.get(Keys.SMTP_MEMORY)),
                new SmtpSettings.Tls(
                        values.get(Keys.SMTP_TLS_CERTIFICATE),
                        values.get(Keys.SMTP_TLS_PRIVATE_KEY),
                        values.get(Keys.SMTP_TLS_KEYSTORE),
                        values.get(Keys.SMTP_TLS_PASSWORD),
                        values.get(Keys.SMTP_TLS_RELOAD_INTERVAL)),
                new SmtpSettings.Timeouts(
                        values.get(Keys.SMTP_IDLE_TIMEOUT),
                        values.get(Keys.SMTP_LINE_TIMEOUT),
                        values.get(Keys.SMTP_WRITE_TIMEOUT),
                        values.get(Keys.SMTP_DATA_TIMEOUT),
                        values.get(Keys.SMTP_MIN_DATA_RATE),
                        values.get(Keys.SMTP_MAX_MESSAGE_TIME),
                        values.get(Keys.SMTP_HANDSHAKE_TIMEOUT),
                        values.get(Keys.SUBMISSION_AUTH_TIMEOUT),
                        values.get(Keys.SMTP_STOP_TIMEOUT)),
                new SmtpSettings.Sessions(
                        values.get(Keys.SMTP_THREADS),
                        Math.toIntExact(values.get(Keys.SMTP_MAX_COMMAND_LINE)),
                        values.get(Keys.SMTP_MAX_ERRORS),
                        values.get(Keys.SMTP_MAX_UNKNOWN_COMMANDS)),
                new SmtpSettings.Listener(
                        values.get(Keys.SUBMISSION_MAX_CONNECTIONS),
                        values.get(Keys.SUBMISSION_MAX_CONNECTIONS_PER_ADDRESS),
                        values.get(Keys.SUBMISSION_MAX_COMMANDS_PER_MINUTE),
                        values.get(Keys.SUBMISSION_RECEIVED_CLIENT),
                        values.get(Keys.SUBMISSION_PROXY_PROTOCOL)),
                values.get(Keys.SUBMISSION_TLS_PORT),
                new SmtpSettings.Listener(
                        values.get(Keys.INBOUND_MAX_CONNECTIONS),
                        values.get(Keys.INBOUND_MAX_CONNECTIONS_PER_ADDRESS),
                        values.get(Keys.INBOUND_MAX_COMMANDS_PER_MINUTE),
                        values.get(Keys.INBOUND_RECEIVED_CLIENT),
                        values.get(Keys.INBOUND_PROXY_PROTOCOL)),
                values.get(Keys.STORE_MIN_FREE_DISK));
    }

    private static Settings.Rules rules(Values values) {
        return new Settings.Rules(
                values.get(Keys.SUBMISSION_ADDRESS_LITERALS),
                new LoginBrake.Limits(
                        values.get(Keys.SUBMISSION_AUTH_MAX_FAILURES),
                        values.get(Keys.SUBMISSION_AUTH_FAILURE_WINDOW),
                        values.get(Keys.SUBMISSION_AUTH_PENALTY)),
                values.get(Keys.SUBMISSION_AUTH_CONCURRENT_HASHES),
                values.get(Keys.SUBMISSION_AUTH_HASH_WAIT),
                new MessageLimits(
                        values.get(Keys.SMTP_MAX_HEADER_SIZE),
                        values.get(Keys.SMTP_MAX_HEADER_FIELDS),
                        values.get(Keys.SMTP_MAX_HOPS)),
                values.get(Keys.INBOUND_POSTMASTER));
    }

    private static DnsSettings dns(Values values) {
        List<InetSocketAddress> servers = values.get(Keys.DNS_SERVERS);
        return new DnsSettings(
                servers.isEmpty() ? DnsSettings.serversOfSystem() : servers,
                values.get(Keys.DNS_TIMEOUT),
                values.get(Keys.DNS_ROUNDS),
                values.get(Keys.DNS_MIN_TTL),
                values.get(Keys.DNS_MAX_TTL),
                values.get(Keys.DNS_MAX_NEGATIVE_TTL),
                values.get(Keys.DNS_FAILURE_TTL),
                values.get(Keys.DNS_CACHE_ENTRIES),
                values.get(Keys.DNS_MAX_OUTSTANDING));
    }

    private static Settings.Direct direct(Values values) {
        return new Settings.Direct(
                new DirectRoute.Settings(
                        values.get(Keys.DIRECT_PORT),
                        new Relay.Tls(values.get(Keys.DIRECT_TLS), false, Optional.empty()),
                        values.get(Keys.DIRECT_MAX_CONNECTIONS),
                        values.get(Keys.DELIVERY_MAX_CONNECTIONS),
                        values.get(Keys.DIRECT_MESSAGES_PER_CONNECTION),
                        values.get(Keys.DIRECT_MAX_RECIPIENTS),
                        values.get(Keys.DIRECT_GATHER_TIME)),
                new Settings.AddressRules(
                        values.get(Keys.DIRECT_ADDRESS_LITERALS),
                        values.get(Keys.DIRECT_ALLOW_PRIVATE),
                        values.get(Keys.DIRECT_ALLOW_LOOPBACK)),
                values.get(Keys.DIRECT_IP_VERSIONS),
                new MxResolver.Limits(values.get(Keys.DIRECT_MAX_HOSTS), values.get(Keys.DIRECT_MAX_ADDRESSES)));
    }

    private static Map<String, String> readFiles(Path conf, List<String> problems) {
        Map<String, String> texts = new HashMap<>();
        for (String file : files()) {
            readFile(conf.resolve(file), problems).forEach((name, text) -> {
                Optional<String> fault = faultOf(name, file);
                fault.ifPresentOrElse(problems::add, () -> texts.put(name, text));
            });
        }
        return texts;
    }

    private static Optional<String> faultOf(String name, String file) {
        Optional<Key<?>> known =
                Keys.ALL.stream().filter(key -> key.name().equals(name)).findFirst();
        if (known.isEmpty()) {
            String nearest = nearest(name, Keys.ALL.stream().map(Key::name).toList());
            return Optional.of("unknown key '" + name + "' in " + file + " (nearest known key: " + nearest + ")");
        }
        String home = known.get().file();
        return home.equals(file)
                ? Optional.empty()
                : Optional.of("key '" + name + "' in " + file + " (expected: in " + home + ")");
    }

    private static Map<String, String> readFile(Path file, List<String> problems) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (!Files.exists(file)) {
            return texts;
        }
        Properties properties = new Properties() {
            private static final long serialVersionUID = 1L;

            @Override
            public synchronized Object put(Object name, Object text) {
                if (texts.put((String) name, ((String) text).strip()) != null) {
                    problems.add("key '" + name + "' stands twice in " + file.getFileName() + " (expected: once)");
                }
                return super.put(name, text);
            }
        };
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IllegalArgumentException e) {
            problems.add(file.getFileName() + ": " + e.getMessage() + " (expected: key=value lines)");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        return texts;
    }

    private static ShapingRules readShaping(Path conf, List<String> problems) {
        Path file = conf.resolve(SHAPING_FILE);
        if (!Files.exists(file)) {
            return ShapingRules.NONE;
        }
        try {
            return ShapingFile.read(SHAPING_FILE, Files.readAllLines(file), problems);
        } catch (CharacterCodingException e) {
            problems.add(SHAPING_FILE + " has bytes that are none of UTF-8 (expected: UTF-8)");
            return ShapingRules.NONE;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private void warnOfUnknownVariables(Set<String> names) {
        Set<String> known = new HashSet<>();
        for (Key<?> key : Keys.ALL) {
            known.add(key.variable());
            if (key.secret()) {
                known.add(key.fileVariable());
            }
        }
        for (String name : new TreeSet<>(names)) {
            if (name.startsWith(Key.VARIABLE_PREFIX) && !known.contains(name)) {
                warnings.accept(
                        "unknown environment variable " + name + " (nearest known: " + nearest(name, known) + ")");
            }
        }
    }

    /** James has {@code .properties} files of its own there, so that only a near miss is worth a word. */
    private void warnOfMisspeltFiles(Path conf) {
        if (!Files.isDirectory(conf)) {
            return;
        }
        Set<String> known = new HashSet<>(files());
        known.add(SHAPING_FILE);
        try (Stream<Path> entries = Files.list(conf)) {
            entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.endsWith(".properties") && !known.contains(name))
                    .sorted()
                    .forEach(name -> {
                        String nearest = nearest(name, known);
                        if (distance(name, nearest) <= 2) {
                            warnings.accept(name + " is not read (nearest known file: " + nearest + ")");
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + conf, e);
        }
    }

    private static List<String> sharedPorts(Settings settings) {
        Map<Integer, List<String>> keys = new LinkedHashMap<>();
        Map.of(
                        Keys.ADMIN_PORT, settings.admin().port(),
                        Keys.API_PORT, settings.api().port(),
                        Keys.SUBMISSION_PORT, settings.submission().port(),
                        Keys.SUBMISSION_TLS_PORT, settings.smtp().submissionTlsPort(),
                        Keys.INBOUND_PORT, settings.inbound().port(),
                        Keys.SIMULATOR_PORT, settings.simulator().port())
                .forEach((key, port) ->
                        keys.computeIfAbsent(port, any -> new ArrayList<>()).add(key.name()));
        return keys.entrySet().stream()
                .filter(entry -> entry.getKey() != 0 && entry.getValue().size() > 1)
                .map(entry -> entry.getValue().stream().sorted().collect(Collectors.joining(" and ")) + ": "
                        + entry.getKey() + " each (expected: ports that differ)")
                .sorted()
                .toList();
    }

    private static Set<String> files() {
        return Keys.ALL.stream().map(Key::file).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static String nearest(String name, Iterable<String> known) {
        List<String> candidates = new ArrayList<>();
        known.forEach(candidates::add);
        return candidates.stream()
                .min(Comparator.<String>comparingInt(candidate -> distance(name, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    private static int distance(String one, String other) {
        return LevenshteinDistance.getDefaultInstance().apply(one, other);
    }

    private String defaultHostName() {
        String name = machineName.get();
        return ValueTypes.isHostName(name) ? name : FALLBACK_HOST_NAME;
    }

    private static String nameOfThisMachine() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            LOGGER.warn("this machine does not know its name, so that it greets as {}", FALLBACK_HOST_NAME, e);
            return FALLBACK_HOST_NAME;
        }
    }
}
