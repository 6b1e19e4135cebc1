package io.postrider.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.InetAddresses;
import io.postrider.delivery.PostponeDelay;
import io.postrider.delivery.RetrySchedule;
import io.postrider.delivery.RetrySchedules;
import io.postrider.delivery.smtp.DirectRoute;
import io.postrider.delivery.smtp.SmtpClientSettings;
import io.postrider.dispatch.Sweeper;
import io.postrider.dns.dnsjava.DnsSettings;
import io.postrider.mx.IpVersions;
import io.postrider.mx.MxResolver;
import io.postrider.route.Relay;
import io.postrider.shaping.ShapingRules;
import io.postrider.submission.MessageLimits;
import io.postrider.tenant.LoginBrake;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
    private static final long MIB = 1024 * 1024;

    @TempDir
    Path conf;

    private final List<String> warnings = new ArrayList<>();

    @Test
    void everyDefaultShouldBeAsDocumented() {
        assertThat(read(Map.of()))
                .isEqualTo(new Settings(
                        new Settings.Server(
                                "127.0.0.1", "machine.example.com", Optional.empty(), Duration.ofSeconds(2)),
                        new Settings.Admin(8000, Optional.empty(), Optional.empty()),
                        new Settings.Api(8080),
                        new Settings.Submission(
                                2587, 10 * MIB, 1000, TrustedNetworks.parse(""), false, Duration.ofSeconds(60)),
                        new Settings.Inbound(2525, 10 * MIB),
                        new SmtpSettings(
                                new SmtpSettings.Content(
                                        SmtpSettings.BareLineEnds.NORMALISE,
                                        SmtpSettings.LongLines.KEEP,
                                        MIB / 4,
                                        64 * MIB),
                                new SmtpSettings.Tls(
                                        "keys/smtp.cert.pem",
                                        "keys/smtp.key.pem",
                                        Optional.empty(),
                                        Optional.empty(),
                                        Duration.ofMinutes(1)),
                                new SmtpSettings.Timeouts(
                                        Duration.ofMinutes(5),
                                        Duration.ofMinutes(1),
                                        Duration.ofMinutes(1),
                                        Duration.ofMinutes(3),
                                        100,
                                        Duration.ofMinutes(30),
                                        Duration.ofSeconds(30),
                                        Duration.ofMinutes(2),
                                        Duration.ofSeconds(3)),
                                new SmtpSettings.Sessions(32, 12 * 1024, 100, 10),
                                new SmtpSettings.Listener(5000, 200, 100_000, false, List.of()),
                                2465,
                                new SmtpSettings.Listener(5000, 100, 100_000, true, List.of()),
                                256 * MIB),
                        new Settings.Rules(
                                false,
                                new LoginBrake.Limits(10, Duration.ofMinutes(10), Duration.ofMinutes(10)),
                                4,
                                Duration.ofSeconds(2),
                                new MessageLimits(MIB, 1000, 100),
                                Optional.empty()),
                        new Settings.Queue(
                                1000,
                                64 * MIB,
                                25,
                                1000,
                                32 * MIB,
                                Duration.ofSeconds(5),
                                64 * MIB,
                                2,
                                Duration.ofMinutes(15)),
                        new Sweeper.Limits(Duration.ofMinutes(10), Duration.ofHours(2), 1000),
                        Duration.ofMinutes(5),
                        new Settings.Spool(8),
                        new Settings.Delivery(
                                Duration.ofSeconds(30),
                                Duration.ofMinutes(5),
                                Duration.ofMinutes(5),
                                Duration.ofMinutes(2),
                                Duration.ofMinutes(3),
                                Duration.ofMinutes(10),
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(20),
                                new PostponeDelay(Duration.ofSeconds(10), Duration.ofMinutes(5)),
                                1000,
                                "machine.example.com",
                                Duration.ofMillis(250),
                                SmtpClientSettings.Pauses.DEFAULT,
                                Duration.ofHours(1),
                                Duration.ofDays(1)),
                        new RetrySchedules(
                                new RetrySchedule(
                                        "retry",
                                        List.of(
                                                Duration.ofSeconds(10),
                                                Duration.ofMinutes(1),
                                                Duration.ofMinutes(5),
                                                Duration.ofMinutes(15),
                                                Duration.ofMinutes(30),
                                                Duration.ofHours(1),
                                                Duration.ofHours(2)),
                                        0.2,
                                        Duration.ofDays(1)),
                                Map.of(
                                        "broadcast",
                                        new RetrySchedule(
                                                "retry.long",
                                                List.of(
                                                        Duration.ofMinutes(5),
                                                        Duration.ofMinutes(15),
                                                        Duration.ofMinutes(30),
                                                        Duration.ofHours(1),
                                                        Duration.ofHours(2),
                                                        Duration.ofHours(4)),
                                                0.2,
                                                Duration.ofDays(4)))),
                        new Settings.Reports(Duration.ofHours(4), 64 * 1024),
                        new Settings.ReturnPath(Duration.ofDays(30)),
                        new Settings.Simulator(0, 1000, 64 * MIB, 8),
                        new Settings.Store(500, 50_000, Duration.ofMillis(10), Duration.ofMillis(250)),
                        DnsSettings.withDefaults(DnsSettings.serversOfSystem()),
                        new Settings.Direct(
                                new DirectRoute.Settings(
                                        25,
                                        new Relay.Tls(Relay.TlsMode.OPPORTUNISTIC, false, Optional.empty()),
                                        10,
                                        1000,
                                        100,
                                        100,
                                        Duration.ofMillis(500)),
                                new Settings.AddressRules(false, false, false),
                                IpVersions.V4_V6,
                                new MxResolver.Limits(5, 4)),
                        ShapingRules.NONE));
        assertThat(warnings).isEmpty();
    }

    @Test
    void aFileShouldOverrideTheDefaultAndTheEnvironmentTheFile() throws IOException {
        write("submission.properties", "submission.port=1587", "submission.maxMessageSize = 25MiB ");

        Settings.Submission submission =
                read(Map.of("POSTRIDER_SUBMISSION_PORT", "587")).submission();

        assertThat(submission.port()).isEqualTo(587);
        assertThat(submission.maxMessageSize()).isEqualTo(25 * MIB);
    }

    @Test
    void everyKeyShouldHaveAVariableOfItsOwn() {
        assertThat(Keys.ALL)
                .extracting(Key::variable)
                .doesNotHaveDuplicates()
                .contains(
                        "POSTRIDER_BIND_ADDRESS",
                        "POSTRIDER_ADMIN_PORT",
                        "POSTRIDER_ADMIN_TOKEN",
                        "POSTRIDER_API_PORT",
                        "POSTRIDER_SUBMISSION_PORT",
                        "POSTRIDER_INBOUND_PORT",
                        "POSTRIDER_SUBMISSION_MAX_MESSAGE_SIZE",
                        "POSTRIDER_SUBMISSION_AUTH_WITHOUT_TLS",
                        "POSTRIDER_DELIVERY_DATA_END_TIMEOUT");
    }

    @Test
    void aVariableThatIsSetToNothingShouldCountAsNotSet() {
        assertThat(read(Map.of("POSTRIDER_ADMIN_PORT", "", "POSTRIDER_ADMIN_TOKEN", ""))
                        .admin())
                .isEqualTo(new Settings.Admin(8000, Optional.empty(), Optional.empty()));
    }

    @Test
    void theEhloNameShouldBeTheHostNameUnlessItIsSet() {
        assertThat(read(Map.of("POSTRIDER_HOST_NAME", "a.example.com"))
                        .delivery()
                        .ehloName())
                .isEqualTo("a.example.com");
        assertThat(read(Map.of("POSTRIDER_HOST_NAME", "a.example.com", "POSTRIDER_DELIVERY_EHLO_NAME", "b.example.com"))
                        .delivery()
                        .ehloName())
                .isEqualTo("b.example.com");
    }

    @Test
    void aMachineWithoutAProperNameShouldBeLocalhost() {
        SettingsReader reader = new SettingsReader(() -> "my_machine!", warnings::add);

        assertThat(reader.readFrom(conf, Map.of()).server().hostName()).isEqualTo("localhost.localdomain");
    }

    @Test
    void theNameOfThisMachineShouldDoWithoutSettings() {
        assertThat(SettingsReader.read(conf, Map.of()).server().hostName()).isNotBlank();
    }

    @Test
    void trustedNetworksShouldBeRead() {
        TrustedNetworks networks = read(Map.of(
                        "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "127.0.0.0/8=default, ::1/128=default"))
                .submission()
                .trustedNetworks();

        assertThat(networks.tenantOf(InetAddresses.forString("::1"))).contains("default");
    }

    @Test
    void aReferenceToTheEnvironmentShouldBeResolved() throws IOException {
        write("server.properties", "admin.token=a-${env:PART}-z");

        assertThat(read(Map.of("PART", "$1\\middle")).admin().token()).contains(new Secret("a-$1\\middle-z"));
    }

    @Test
    void aReferenceToNothingShouldStopTheStart() throws IOException {
        write("server.properties", "admin.token=${env:NONE}", "hostName=${home}");

        assertThatThrownBy(() -> read(Map.of()))
                .isInstanceOf(SettingsException.class)
                .hasMessage("hostName in server.properties: ${home} (expected: ${env:NAME})" + System.lineSeparator()
                        + "admin.token in server.properties: the environment variable NONE is not set");
    }

    @Test
    void aSecretShouldBeReadFromTheFileThatAVariableNames() throws IOException {
        Path file = Files.writeString(conf.resolve("token"), "s3cret\n");

        assertThat(read(Map.of("POSTRIDER_ADMIN_TOKEN_FILE", file.toString()))
                        .admin()
                        .token())
                .contains(new Secret("s3cret"));
        assertThat(warnings).isEmpty();
    }

    @Test
    void aSecretThatIsGivenTwiceShouldStopTheStart() {
        assertThatThrownBy(() -> read(Map.of("POSTRIDER_ADMIN_TOKEN", "a", "POSTRIDER_ADMIN_TOKEN_FILE", "/b")))
                .hasMessage(
                        "POSTRIDER_ADMIN_TOKEN and POSTRIDER_ADMIN_TOKEN_FILE: both are set (expected: one of them)");
    }

    @Test
    void aSecretFileThatIsMissingShouldStopTheStart() {
        assertThatThrownBy(() -> read(Map.of("POSTRIDER_ADMIN_TOKEN_FILE", "/no/such/file")))
                .hasMessage("POSTRIDER_ADMIN_TOKEN_FILE: cannot read '/no/such/file'"
                        + " (expected: a file that holds the value)");
    }

    @Test
    void noErrorAndNoTextShouldShowASecret() {
        assertThatThrownBy(() -> read(Map.of("POSTRIDER_ADMIN_TOKEN", "hunter 2")))
                .hasMessage(
                        "POSTRIDER_ADMIN_TOKEN: (a secret that is not shown) (expected: printable ASCII without blanks)");
        assertThat(read(Map.of("POSTRIDER_ADMIN_TOKEN", "hunter2"))).asString().doesNotContain("hunter2");
    }

    @Test
    void anUnknownKeyShouldStopTheStartWithItsFileAndTheNearestKey() throws IOException {
        write("submission.properties", "submission.maxMesageSize=1MiB");

        assertThatThrownBy(() -> read(Map.of()))
                .isInstanceOf(SettingsException.class)
                .hasMessage("unknown key 'submission.maxMesageSize' in submission.properties"
                        + " (nearest known key: submission.maxMessageSize)");
    }

    @Test
    void aKeyInTheWrongFileShouldStopTheStart() throws IOException {
        write("server.properties", "submission.port=587");

        assertThatThrownBy(() -> read(Map.of()))
                .hasMessage("key 'submission.port' in server.properties (expected: in submission.properties)");
    }

    @Test
    void aKeyThatStandsTwiceShouldStopTheStart() throws IOException {
        write("submission.properties", "submission.port=587", "submission.port=588");

        assertThatThrownBy(() -> read(Map.of()))
                .hasMessage("key 'submission.port' stands twice in submission.properties (expected: once)");
    }

    @Test
    void allProblemsShouldBeToldAtOnce() throws IOException {
        write("retry.properties", "retry.ttl=4 days", "retry.jiter=0.1");

        assertThatThrownBy(() -> read(Map.of("POSTRIDER_STORE_BATCH", "many")))
                .message()
                .hasLineCount(3)
                .contains("retry.jiter", "retry.ttl", "POSTRIDER_STORE_BATCH");
    }

    @Test
    void portsThatClashShouldStopTheStart() {
        assertThatThrownBy(() -> read(Map.of("POSTRIDER_SUBMISSION_PORT", "2525")))
                .hasMessage("inbound.port and submission.port: 2525 each (expected: ports that differ)");
    }

    @Test
    void portsThatTheSystemChoosesShouldNotClash() {
        assertThat(read(Map.of("POSTRIDER_SUBMISSION_PORT", "0", "POSTRIDER_INBOUND_PORT", "0"))
                        .inbound()
                        .port())
                .isZero();
    }

    @Test
    void anUnknownVariableShouldBeAWarning() {
        read(Map.of("POSTRIDER_SUBMISION_PORT", "587", "PATH", "/bin"));

        assertThat(warnings)
                .containsExactly("unknown environment variable POSTRIDER_SUBMISION_PORT"
                        + " (nearest known: POSTRIDER_SUBMISSION_PORT)");
    }

    @Test
    void shapingRulesShouldBeRead() throws IOException {
        write(
                "shaping.properties",
                "shaping.ses.relay=ses",
                "shaping.ses.rate=14/s",
                "shaping.ses.example=454 Throttling failure: Maximum sending rate exceeded.",
                "shaping.ses.source=the quota of our account");

        assertThat(read(Map.of()).shaping().forRelay("ses"))
                .hasValueSatisfying(rule -> assertThat(rule).hasToString("shaping.ses"));
    }

    @Test
    void aWrongShapingRuleShouldStopTheStartWithItsLine() throws IOException {
        write("shaping.properties", "# slow", "shaping.slow.rate=fast");

        assertThatThrownBy(() -> read(Map.of()))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("shaping.properties, line 2: shaping.slow.rate: 'fast' (expected: 1 to 1000000"
                        + " messages per s, m, h or d, as 300/m)");
    }

    @Test
    void aMisspeltFileShouldBeAWarningAndAFileOfJamesShouldNot() throws IOException {
        write("submision.properties", "submission.port=587");
        write("webadmin.properties", "enabled=true");

        read(Map.of());

        assertThat(warnings)
                .containsExactly("submision.properties is not read (nearest known file: submission.properties)");
    }

    @ParameterizedTest
    @CsvSource({
        "500ms,     PT0.5S",
        "10s,       PT10S",
        "5m,        PT5M",
        "1h,        PT1H",
        "PT5M,      PT5M",
        "PT1M30S,   PT1M30S",
    })
    void durationsShouldBeRead(String text, Duration expected) {
        assertThat(read(Map.of("POSTRIDER_DELIVERY_IDLE_TIMEOUT", text))
                        .delivery()
                        .idleTimeout())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"65536, 65536", "64KiB, 65536", "10MiB, 10485760", "1GiB, 1073741824", "10 MiB, 10485760"})
    void sizesShouldBeRead(String text, long expected) {
        assertThat(read(Map.of("POSTRIDER_INBOUND_MAX_MESSAGE_SIZE", text))
                        .inbound()
                        .maxMessageSize())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ADMIN_PORT                 | 65536         | a port, 1 to 65535, or 0 for any that is free",
                "ADMIN_PORT                 | -1            | a port, 1 to 65535, or 0 for any that is free",
                "ADMIN_PORT                 | 80x           | a port, 1 to 65535, or 0 for any that is free",
                "ADMIN_PORT                 | 99999999999   | a port, 1 to 65535, or 0 for any that is free",
                "SUBMISSION_MAX_RECIPIENTS  | 0             | a whole number, 1 to 100000",
                "SUBMISSION_AUTH_WITHOUT_TLS| yes           | true or false",
                "SUBMISSION_MAX_MESSAGE_SIZE| 10MB          | a size such as 64KiB, 10MiB or plain bytes, 64KiB to 1GiB",
                "SUBMISSION_MAX_MESSAGE_SIZE| 2GiB          | a size such as 64KiB, 10MiB or plain bytes, 64KiB to 1GiB",
                "SUBMISSION_MAX_MESSAGE_SIZE| 999999999999999999GiB | a size such as 64KiB, 10MiB or plain bytes, 64KiB to 1GiB",
                "DELIVERY_MAX_WAIT          | 30            | a duration such as 500ms, 10s, 5m, 2h, 4d or PT5M, 100ms to 1h",
                "DELIVERY_MAX_WAIT          | -PT5S         | a duration such as 500ms, 10s, 5m, 2h, 4d or PT5M, 100ms to 1h",
                "DELIVERY_MAX_WAIT          | 999999999999d | a duration such as 500ms, 10s, 5m, 2h, 4d or PT5M, 100ms to 1h",
                "RETRY_JITTER               | 1             | a number from 0 to less than 1",
                "RETRY_JITTER               | NaN           | a number from 0 to less than 1",
                "RETRY_SCHEDULE             | 10s,,1m       | durations with commas between them, such as 10s,1m,2h",
                "RETRY_SCHEDULE             | 0s            | durations with commas between them, such as 10s,1m,2h",
                "BIND_ADDRESS               | 127.0.0.1:25  | an IP address of this machine, such as 127.0.0.1, ::1, 0.0.0.0 for all of IPv4 or :: for all",
                "BIND_ADDRESS               | localhost     | an IP address of this machine, such as 127.0.0.1, ::1, 0.0.0.0 for all of IPv4 or :: for all",
                "HOST_NAME                  | -bad-         | a host name such as mail.example.com",
                "ADMIN_CORS_ORIGIN          | example.com   | an origin such as https://console.example.com, or * for all",
            })
    void aWrongValueShouldSayWhatWasGotAndWhatWasExpected(String variable, String text, String expected) {
        assertThatThrownBy(() -> read(Map.of("POSTRIDER_" + variable, text)))
                .isInstanceOf(SettingsException.class)
                .hasMessage("POSTRIDER_" + variable + ": '" + text + "' (expected: " + expected + ")");
    }

    @Test
    void aWrongNetworkShouldSayWhatIsWrongWithIt() {
        assertThatThrownBy(() -> read(Map.of("POSTRIDER_SUBMISSION_TRUSTED_NETWORKS", "10.0.0.0/40=default")))
                .hasMessage(
                        "POSTRIDER_SUBMISSION_TRUSTED_NETWORKS: prefix length: 40 (expected: 0 to 32 for 10.0.0.0)");
    }

    private Settings read(Map<String, String> environment) {
        return new SettingsReader(() -> "machine.example.com", warnings::add).readFrom(conf, environment);
    }

    private void write(String file, String... lines) throws IOException {
        Files.write(conf.resolve(file), List.of(lines));
    }
}
