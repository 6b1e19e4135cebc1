package io.postrider.admin.webadmin;

import io.postrider.delivery.RelayFaults;
import io.postrider.dispatch.webadmin.QueueRoutes;
import io.postrider.dispatch.webadmin.SweeperRoutes;
import io.postrider.domain.DnsRecords;
import io.postrider.domain.webadmin.SendingDomainRoutes;
import io.postrider.route.webadmin.EgressPoolRoutes;
import io.postrider.route.webadmin.RelayRoutes;
import io.postrider.route.webadmin.RoutingRoutes;
import io.postrider.simulator.webadmin.SimulatorRoutes;
import io.postrider.tenant.webadmin.CredentialRoutes;
import io.postrider.tenant.webadmin.TenantRoutes;
import io.postrider.trace.webadmin.MessageRoutes;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;

/** All routes of the admin API over ports in memory, at a time that stands still. */
public final class AdminApi implements AutoCloseable {
    public static final Instant NOW = Instant.parse("2026-11-25T08:00:00.123Z");

    public final InMemory store = new InMemory();
    public final InMemoryMessages messages = new InMemoryMessages();
    public final InMemorySimulator simulator = new InMemorySimulator();
    public final RelayFaults relayFaults = new RelayFaults(Clock.fixed(NOW, ZoneOffset.UTC));
    public final InMemoryQueues queues = new InMemoryQueues();
    public final AdminServer server;

    public AdminApi() {
        Clock clock = Clock.fixed(NOW.plusNanos(456_789), ZoneOffset.UTC);
        server = AdminServer.with(
                new OpenApiRoutes(),
                new TenantRoutes(store.tenants(), clock),
                new CredentialRoutes(store.credentials(), store.tenants(), InMemory.hasher(), clock),
                new SendingDomainRoutes(
                        store.domains(),
                        store.tenants(),
                        new DnsRecords("out.postrider.example", "mx.postrider.example"),
                        clock),
                new RelayRoutes(store.relays(), store.routes(), relayFaults),
                new EgressPoolRoutes(store.egressPools(), store.routes()),
                new RoutingRoutes(store.routes(), store.relays(), store.egressPools(), store.tenants()),
                new MessageRoutes(messages, messages),
                new SweeperRoutes(new InMemorySweeps()),
                new QueueRoutes(queues, messages),
                new SimulatorRoutes(simulator));
    }

    @Override
    public void close() {
        server.close();
    }
}
