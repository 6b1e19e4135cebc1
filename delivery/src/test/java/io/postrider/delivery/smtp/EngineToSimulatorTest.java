package io.postrider.delivery.smtp;

import static io.postrider.delivery.smtp.EngineRig.SENDER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.DeliveryOutcome.Delivered;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import io.postrider.route.Relay.Tls;
import io.postrider.route.Relay.TlsMode;
import io.postrider.shaping.ShapingRules;
import io.postrider.simulator.SimulatorMailbox.SimulatedMessage;
import io.postrider.simulator.smtp.SimulatorServer;
import io.postrider.simulator.smtp.SimulatorSettings;
import io.postrider.testkit.smtp.TestCertificate;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EngineToSimulatorTest {
    private static final EmailAddress SUCCESS = EmailAddress.parse("success@a.simulator.invalid");
    private static final EmailAddress BOUNCE = EmailAddress.parse("bounce@a.simulator.invalid");
    private static final EmailAddress FULL = EmailAddress.parse("mailbox-full@a.simulator.invalid");
    private static final EmailAddress DEFER = EmailAddress.parse("defer@a.simulator.invalid");
    private static final Tls NONE = new Tls(TlsMode.NONE, false, Optional.empty());
    private static final int MANY = 2000;

    @Test
    void eachSimulatorAddressShouldDoAsItsNameSays() {
        try (SimulatorServer simulator = simulator(Optional.empty());
                SmtpDeliveryEngine engine = engine(simulator, NONE)) {
            Recorder first = deliver(engine, "a: b\r\n\r\n.dot\r\n", SUCCESS, BOUNCE, FULL, DEFER)
                    .awaits(4);
            Recorder second = deliver(engine, "a: b\r\n\r\n.dot\r\n", DEFER).awaits(1);

            first.delivered(SUCCESS);
            assertThat(first.bounced(BOUNCE).reply().enhancedCode().orElseThrow())
                    .hasToString("5.1.1");
            assertThat(first.bounced(FULL).reply().enhancedCode().orElseThrow()).hasToString("5.2.2");
            assertThat(first.deferred(DEFER).fault()).isEqualTo(Fault.REPLY);
            second.delivered(DEFER);
            SimulatedMessage kept = simulator.find(1).orElseThrow();
            assertThat(new String(kept.raw(), StandardCharsets.US_ASCII)).isEqualTo("a: b\r\n\r\n.dot\r\n");
            assertThat(kept.recipients()).containsExactly(SUCCESS);
            assertThat(first.attempt(SUCCESS).route()).isEqualTo("simulator");
        }
    }

    @Test
    void aMessageOfMegabytesShouldArriveWhole() {
        String body = "a: b\r\n\r\n" + (".".repeat(70) + "\r\n").repeat(200_000);
        try (SimulatorServer simulator = simulator(Optional.empty());
                SmtpDeliveryEngine engine = engine(simulator, NONE)) {
            deliver(engine, body, SUCCESS).awaits(1).delivered(SUCCESS);

            assertThat(Arrays.equals(simulator.find(1).orElseThrow().raw(), body.getBytes(StandardCharsets.US_ASCII)))
                    .isTrue();
        }
    }

    @Test
    void tlsShouldCarryAMessageOfMegabytesToo() throws Exception {
        TestCertificate certificate = TestCertificate.with("ip:127.0.0.1");
        SslContext tls = SslContextBuilder.forServer(certificate.privateKey(), certificate.certificate())
                .build();
        String body = "a: b\r\n\r\n" + (".".repeat(70) + "\r\n").repeat(100_000);
        try (SimulatorServer simulator = simulator(Optional.of(tls));
                SmtpDeliveryEngine engine =
                        engine(simulator, new Tls(TlsMode.STARTTLS, true, Optional.of(certificate.pem())))) {
            Recorder heard = deliver(engine, body, SUCCESS).awaits(1);

            heard.delivered(SUCCESS);
            assertThat(heard.attempt(SUCCESS).tls()).startsWith("TLSv1.3");
            assertThat(simulator.find(1).orElseThrow().raw()).hasSize(body.length());
        }
    }

    @Test
    void manyMessagesShouldPassOverFewConnections() {
        try (SimulatorServer simulator = simulator(Optional.empty());
                SmtpDeliveryEngine engine = engine(simulator, NONE)) {
            Recorder heard = new Recorder();
            for (int i = 0; i < MANY; i++) {
                engine.deliver(consignment("a: " + i + "\r\n\r\nx\r\n", SUCCESS), heard);
            }

            await().until(() -> heard.reports().size() >= MANY);

            assertThat(heard.reports())
                    .hasSize(MANY)
                    .allMatch(report -> report.attempt().orElseThrow().outcome() instanceof Delivered);
            assertThat(simulator.list(Optional.empty(), 1)).singleElement().matches(message -> message.n() == MANY);
        }
    }

    private static SimulatorServer simulator(Optional<SslContext> tls) {
        return new SimulatorServer(SimulatorSettings.defaults(), tls, Clock.systemUTC());
    }

    @Test
    void moreRecipientsThanATransactionTakesShouldGoInASecondOneAtOnce() {
        EmailAddress[] recipients = IntStream.range(0, 1500)
                .mapToObj(i -> EmailAddress.parse("success+" + i + "@a.simulator.invalid"))
                .toArray(EmailAddress[]::new);
        try (SimulatorServer simulator = simulator(Optional.empty());
                SmtpDeliveryEngine engine = engine(simulator, NONE)) {
            Recorder heard = deliver(engine, "a: b\r\n\r\nx\r\n", recipients).awaits(1500);

            assertThat(heard.reports())
                    .allMatch(report -> report.attempt().orElseThrow().outcome() instanceof Delivered);
            assertThat(simulator.list(Optional.empty(), 10))
                    .extracting(message -> message.recipients().size())
                    .containsExactly(500, 1000);
        }
    }

    private static SmtpDeliveryEngine engine(SimulatorServer simulator, Tls tls) {
        Endpoint endpoint = new Endpoint("127.0.0.1", simulator.port(), tls, Optional.empty(), 4, 500);
        SmtpClientSettings defaults = SmtpClientSettings.withDefaults("client.test");
        return new SmtpDeliveryEngine(
                hop -> Optional.of(endpoint),
                EngineRig.noNames(),
                Optional.empty(),
                new SmtpClientSettings(
                        "client.test",
                        defaults.timeouts(),
                        defaults.idleTimeout(),
                        defaults.maxWait(),
                        MANY,
                        defaults.faultMemory(),
                        defaults.attemptDelay(),
                        defaults.pauses(),
                        defaults.closeGrace()),
                ShapingRules.NONE,
                Clock.systemUTC(),
                new Random(7),
                EngineRig.memories(Clock.systemUTC()));
    }

    private static Recorder deliver(SmtpDeliveryEngine engine, String text, EmailAddress... recipients) {
        Recorder recorder = new Recorder();
        engine.deliver(consignment(text, recipients), recorder);
        return recorder;
    }

    private static Consignment consignment(String text, EmailAddress... recipients) {
        return new Consignment(
                "test",
                new Hop.Simulator(),
                Arrays.stream(recipients)
                        .map(recipient -> new Addressee(recipient, Optional.of(SENDER)))
                        .toList(),
                List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII))));
    }
}
