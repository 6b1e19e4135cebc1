package io.postrider.delivery.smtp;

import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.RelayFaults;
import io.postrider.delivery.SevenBitHops;
import io.postrider.dns.Dns;
import io.postrider.dns.DnsAnswer;
import io.postrider.dns.HostAddresses;
import io.postrider.dns.RecordType;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.route.Relay.TlsMode;
import io.postrider.shaping.ShapingRules;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;

/** An engine, a peer that it delivers to, and what is needed for both. */
final class EngineRig implements AutoCloseable {
    static final EmailAddress SENDER = EmailAddress.parse("sender@example.com");
    static final EmailAddress ALICE = EmailAddress.parse("alice@example.net");
    static final EmailAddress BOB = EmailAddress.parse("bob@example.net");
    static final EmailAddress CAROL = EmailAddress.parse("carol@example.net");
    static final Hop HOP = new Hop.ViaRelay("test");
    static final Relay.Tls NO_TLS = new Relay.Tls(TlsMode.NONE, false, Optional.empty());
    static final String MESSAGE = "Subject: hello\r\n\r\nHello.\r\n";

    private final List<ScriptedSmtpPeer> peers = new ArrayList<>();
    private final AtomicReference<Optional<Endpoint>> endpoint = new AtomicReference<>(Optional.empty());
    private final SevenBitHops sevenBit;
    private final RelayFaults faults;
    private final SmtpDeliveryEngine engine;

    EngineRig() {
        this(settings(Duration.ofSeconds(5), Duration.ofSeconds(5)));
    }

    EngineRig(SmtpClientSettings settings) {
        this(settings, Clock.systemUTC());
    }

    EngineRig(SmtpClientSettings settings, Clock clock) {
        this(settings, ShapingRules.NONE, clock);
    }

    EngineRig(SmtpClientSettings settings, ShapingRules shaping, Clock clock) {
        sevenBit = new SevenBitHops(clock, Duration.ofHours(1));
        faults = new RelayFaults(clock);
        engine = new SmtpDeliveryEngine(
                hop -> hop.equals(HOP) ? endpoint.get() : Optional.empty(),
                noNames(),
                Optional.empty(),
                settings,
                shaping,
                clock,
                new Random(7),
                new SmtpDeliveryEngine.Memories(sevenBit, faults));
    }

    /** @param timeout for each step of a session */
    static SmtpClientSettings settings(Duration timeout, Duration maxWait) {
        return new SmtpClientSettings(
                "client.test",
                new SmtpClientSettings.Timeouts(
                        timeout, timeout, timeout, timeout, timeout, timeout, timeout, timeout, timeout, timeout),
                Duration.ofSeconds(30),
                maxWait,
                1000,
                Duration.ofHours(1),
                Duration.ofMillis(200),
                new SmtpClientSettings.Pauses(Duration.ZERO, Duration.ZERO),
                Duration.ofMillis(200));
    }

    SmtpDeliveryEngine engine() {
        return engine;
    }

    /** Literals and localhost, and no DNS. */
    static HostAddresses noNames() {
        return new HostAddresses(
                new Dns() {
                    @Override
                    public <T> CompletionStage<DnsAnswer<T>> find(String name, RecordType<T> type) {
                        return CompletableFuture.completedFuture(new DnsAnswer.NoSuchDomain<>());
                    }
                },
                name -> List.of(),
                List.of());
    }

    static SmtpDeliveryEngine.Memories memories(Clock clock) {
        return new SmtpDeliveryEngine.Memories(new SevenBitHops(clock, Duration.ofHours(1)), new RelayFaults(clock));
    }

    RelayFaults faults() {
        return faults;
    }

    SevenBitHops sevenBit() {
        return sevenBit;
    }

    ScriptedSmtpPeer peer(PeerScript script) {
        return peer(script, NO_TLS, Optional.empty());
    }

    ScriptedSmtpPeer peer(PeerScript script, Relay.Tls tls, Optional<Login> login) {
        return peer(script, "127.0.0.1", tls, login, 1, 100);
    }

    ScriptedSmtpPeer peer(
            PeerScript script,
            String host,
            Relay.Tls tls,
            Optional<Login> login,
            int maxConnections,
            int messagesPerConnection) {
        ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(script);
        peers.add(peer);
        deliverTo(new Endpoint(host, peer.port(), tls, login, maxConnections, messagesPerConnection));
        return peer;
    }

    void deliverTo(Endpoint to) {
        endpoint.set(Optional.of(to));
    }

    Recorder deliver(EmailAddress... recipients) {
        return deliverText(MESSAGE, recipients);
    }

    Recorder deliverText(String text, EmailAddress... recipients) {
        return deliver(
                List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1))),
                Arrays.stream(recipients)
                        .map(recipient -> new Addressee(recipient, Optional.of(SENDER)))
                        .toList());
    }

    Recorder deliver(List<ByteBuffer> content, List<Addressee> addressees) {
        Recorder recorder = new Recorder();
        engine.deliver(new Consignment("test", HOP, addressees, content), recorder);
        return recorder;
    }

    Recorder deliver(Consignment consignment) {
        Recorder recorder = new Recorder();
        engine.deliver(consignment, recorder);
        return recorder;
    }

    @Override
    public void close() {
        engine.close();
        peers.forEach(ScriptedSmtpPeer::close);
    }
}
