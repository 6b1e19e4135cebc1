package io.postrider.delivery.smtp;

import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.RelayFaults;
import io.postrider.delivery.SevenBitHops;
import io.postrider.dns.HostAddresses;
import io.postrider.dns.dnsjava.DnsSettings;
import io.postrider.dns.dnsjava.DnsjavaDns;
import io.postrider.mail.EmailAddress;
import io.postrider.mx.AddressPolicy;
import io.postrider.mx.IpVersions;
import io.postrider.mx.MxResolver;
import io.postrider.route.EgressPool;
import io.postrider.route.EgressPool.Source;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.shaping.ShapingRules;
import io.postrider.testkit.MutableClock;
import io.postrider.testkit.dns.ScriptedDnsServer;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/** An engine that delivers directly: a DNS zone, and peers on loopback addresses that have one port in common. */
final class DirectRig implements AutoCloseable {
    static final Duration DNS_TIMEOUT = Duration.ofMillis(500);
    static final Duration GATHER_TIME = Duration.ofMillis(100);
    /** What tests need to reach their peers. */
    static final AddressPolicy LENIENT = new AddressPolicy(true, false, false, Set.of("ourselves.test"), Set::of);

    final MutableClock clock = new MutableClock(Instant.parse("2026-11-25T00:00:00Z"));
    final RelayFaults faults = new RelayFaults(clock);
    final ScriptedDnsServer zone;
    private final Map<Hop, Endpoint> endpoints = new HashMap<>();
    final int port;
    private final List<ScriptedSmtpPeer> peers = new ArrayList<>();
    private final List<AutoCloseable> more = new ArrayList<>();
    private EgressPool sources = EgressPool.ofSystem();
    private AddressPolicy policy = LENIENT;
    private IpVersions versions = IpVersions.V4_V6;
    private Relay.Tls tls = new Relay.Tls(Relay.TlsMode.OPPORTUNISTIC, false, Optional.empty());
    private List<InetSocketAddress> dnsServers;
    private SmtpClientSettings settings = EngineRig.settings(Duration.ofSeconds(5), Duration.ofSeconds(5));
    private UnaryOperator<DnsSettings> dnsSettings = UnaryOperator.identity();
    private ShapingRules shaping = ShapingRules.NONE;
    private int maxConnections = 2;
    private int messagesPerConnection = 100;
    private int maxAllConnections = 100;
    private Optional<SmtpDeliveryEngine> engine = Optional.empty();

    DirectRig(String... records) {
        zone = ScriptedDnsServer.serving(records);
        dnsServers = List.of(zone.address());
        ScriptedSmtpPeer probe = ScriptedSmtpPeer.playing(PeerScript.offering());
        port = probe.port(); // one that is free on the other addresses too
        peers.add(probe);
    }

    DirectRig sources(Source... of) {
        sources = new EgressPool(EgressPool.DEFAULT, List.of(of));
        return this;
    }

    DirectRig policy(AddressPolicy of) {
        policy = of;
        return this;
    }

    DirectRig versions(IpVersions of) {
        versions = of;
        return this;
    }

    DirectRig tls(Relay.Tls of) {
        tls = of;
        return this;
    }

    DirectRig settings(SmtpClientSettings of) {
        settings = of;
        return this;
    }

    DirectRig dnsServers(InetSocketAddress... of) {
        dnsServers = List.of(of);
        return this;
    }

    DirectRig dns(UnaryOperator<DnsSettings> otherwise) {
        dnsSettings = otherwise;
        return this;
    }

    DirectRig messagesPerConnection(int messages) {
        messagesPerConnection = messages;
        return this;
    }

    DirectRig shaping(ShapingRules of) {
        shaping = of;
        return this;
    }

    DirectRig connections(int perSite, int altogether) {
        maxConnections = perSite;
        maxAllConnections = altogether;
        return this;
    }

    /** A relay on the port of the peers. */
    Hop relay(String name, String host) {
        return relay(name, host, port);
    }

    Hop relay(String name, String host, int relayPort) {
        return relay(name, host, relayPort, EngineRig.NO_TLS);
    }

    Hop relay(String name, String host, int relayPort, Relay.Tls relayTls) {
        Hop hop = new Hop.ViaRelay(name);
        endpoints.put(hop, new Endpoint(host, relayPort, relayTls, Optional.empty(), maxConnections, 100));
        return hop;
    }

    ScriptedSmtpPeer peer(String address, PeerScript script) {
        ScriptedSmtpPeer peer = ScriptedSmtpPeer.playing(script, address, port);
        peers.add(peer);
        return peer;
    }

    /** Delivers and waits for all reports. */
    Recorder deliver(EmailAddress... recipients) {
        return begin(recipients).awaits(recipients.length);
    }

    Recorder begin(EmailAddress... recipients) {
        return begin(new Hop.Direct(EgressPool.DEFAULT), recipients);
    }

    Recorder begin(Hop hop, EmailAddress... recipients) {
        Recorder recorder = new Recorder();
        engine().deliver(
                        new Consignment(
                                "test",
                                hop,
                                Arrays.stream(recipients)
                                        .map(recipient -> new Addressee(recipient, Optional.of(EngineRig.SENDER)))
                                        .toList(),
                                List.of(ByteBuffer.wrap(EngineRig.MESSAGE.getBytes(StandardCharsets.US_ASCII)))),
                        recorder);
        return recorder;
    }

    /** Made when it is first asked for, as the rig is then. */
    SmtpDeliveryEngine engine() {
        if (engine.isEmpty()) {
            engine = Optional.of(start());
        }
        return engine.get();
    }

    @Override
    public void close() throws Exception {
        engine.ifPresent(SmtpDeliveryEngine::close);
        for (AutoCloseable closeable : more) {
            closeable.close();
        }
        zone.close();
        peers.forEach(ScriptedSmtpPeer::close);
    }

    /** Closes this too, in the end. */
    <T extends AutoCloseable> T with(T closeable) {
        more.add(closeable);
        return closeable;
    }

    DirectRoute route() {
        return route(dns());
    }

    private SmtpDeliveryEngine start() {
        DnsjavaDns dns = dns();
        return new SmtpDeliveryEngine(
                hop -> Optional.ofNullable(endpoints.get(hop)),
                new HostAddresses(dns, name -> List.of(), List.of("search.test")),
                Optional.of(route(dns)),
                withPauses(settings),
                shaping,
                clock,
                new Random(7),
                new SmtpDeliveryEngine.Memories(new SevenBitHops(clock, Duration.ofHours(1)), faults));
    }

    private DnsjavaDns dns() {
        return with(new DnsjavaDns(
                dnsSettings.apply(new DnsSettings(
                        dnsServers,
                        DNS_TIMEOUT,
                        1,
                        Duration.ZERO,
                        Duration.ofDays(1),
                        Duration.ZERO,
                        Duration.ZERO,
                        1000,
                        100)),
                clock));
    }

    private DirectRoute route(DnsjavaDns dns) {
        return new DirectRoute(
                new MxResolver(dns, new Random(7), policy, versions, new MxResolver.Limits(5, 4)),
                name -> name.equals(EgressPool.DEFAULT) ? Optional.of(sources) : Optional.empty(),
                new DirectRoute.Settings(
                        port, tls, maxConnections, maxAllConnections, messagesPerConnection, 10, GATHER_TIME));
    }

    private static SmtpClientSettings withPauses(SmtpClientSettings settings) {
        return new SmtpClientSettings(
                settings.ehloName(),
                settings.timeouts(),
                settings.idleTimeout(),
                settings.maxWait(),
                settings.maxPending(),
                settings.faultMemory(),
                settings.attemptDelay(),
                SmtpClientSettings.Pauses.DEFAULT,
                settings.closeGrace());
    }

    static Source source(String address, String ehloName) {
        return new Source(address(address), Optional.of(ehloName), 1);
    }

    static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }
}
