package io.postrider.server;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import io.postrider.admin.webadmin.AdminToken;
import io.postrider.delivery.RelayFaults;
import io.postrider.delivery.SevenBitHops;
import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.MessageOperations;
import io.postrider.dispatch.Sweeps;
import io.postrider.dispatch.Verdicts;
import io.postrider.dkim.CachedSigningKeys;
import io.postrider.dkim.SigningKeys;
import io.postrider.domain.DnsRecords;
import io.postrider.domain.SenderPolicy;
import io.postrider.domain.SendingDomains;
import io.postrider.returnpath.ReturnPaths;
import io.postrider.route.EgressPools;
import io.postrider.route.Relays;
import io.postrider.route.RouteTable;
import io.postrider.route.Routes;
import io.postrider.security.PasswordHasher;
import io.postrider.server.config.Settings;
import io.postrider.simulator.SimulatorMailbox;
import io.postrider.store.sql.SqlStore;
import io.postrider.submission.MessageRules;
import io.postrider.submission.Submissions;
import io.postrider.tenant.Authenticator;
import io.postrider.tenant.BoundedWork;
import io.postrider.tenant.Credentials;
import io.postrider.tenant.LoginBrake;
import io.postrider.tenant.Tenants;
import io.postrider.trace.HeldMails;
import io.postrider.trace.MessageLog;
import java.security.Provider;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;

/** What is ours, for those whom Guice makes: hooks, mailets, matchers and routes. */
final class NodeModule extends AbstractModule {
    private final Settings settings;
    private final SqlStore store;
    private final CachedRouting routing;
    private final Engine engine;
    private final PasswordHasher hasher;
    private final AdminToken adminToken;
    private final ReturnPaths returnPaths;
    private final Optional<Provider> signatures;

    NodeModule(
            Settings settings,
            SqlStore store,
            CachedRouting routing,
            Engine engine,
            PasswordHasher hasher,
            AdminToken adminToken,
            ReturnPaths returnPaths,
            Optional<Provider> signatures) {
        this.settings = settings;
        this.store = store;
        this.routing = routing;
        this.engine = engine;
        this.hasher = hasher;
        this.adminToken = adminToken;
        this.returnPaths = returnPaths;
        this.signatures = signatures;
    }

    @Override
    protected void configure() {
        bind(Settings.class).toInstance(settings);
        bind(Tenants.class).toInstance(store.tenants());
        bind(Credentials.class).toInstance(store.credentials());
        bind(SendingDomains.class).toInstance(new CachedSendingDomains(store.sendingDomains()));
        bind(Relays.class).toInstance(routing.relays());
        bind(EgressPools.class).toInstance(routing.pools());
        bind(Routes.class).toInstance(routing.routes());
        bind(MessageLog.class).toInstance(engine.messages());
        bind(HeldMails.class).toInstance(store.heldMails());
        bind(PasswordHasher.class).toInstance(hasher);
        bind(AdminToken.class).toInstance(adminToken);
        bind(ReturnPaths.class).toInstance(returnPaths);
        bind(SevenBitHops.class).toInstance(engine.sevenBit());
        bind(RelayFaults.class).toInstance(engine.relayFaults());
        bind(Dispatcher.class).toInstance(engine.dispatcher());
        bind(Verdicts.class).toInstance(engine.dispatcher());
        bind(MessageOperations.class).toInstance(engine.operations());
        bind(Sweeps.class).toInstance(engine.sweeper());
        bind(SimulatorMailbox.class).toInstance(engine.simulator());
    }

    @Provides
    @Singleton
    SenderPolicy senderPolicy(SendingDomains domains) {
        return new SenderPolicy(domains);
    }

    @Provides
    @Singleton
    RouteTable routeTable(Routes routes) {
        return new RouteTable(routes);
    }

    @Provides
    @Singleton
    SigningKeys signingKeys(SendingDomains domains, Clock clock) {
        return new CachedSigningKeys(domains, clock, signatures);
    }

    @Provides
    @Singleton
    DnsRecords dnsRecords() {
        String host = settings.server().hostName();
        return new DnsRecords(host, host);
    }

    @Provides
    @Singleton
    Authenticator authenticator(Credentials credentials, Clock clock) {
        return new Authenticator(
                credentials,
                hasher,
                new LoginBrake(settings.rules().logins(), clock),
                hashing(),
                hashing(),
                clock,
                settings.submission().credentialCacheTtl());
    }

    private BoundedWork hashing() {
        return new BoundedWork(
                settings.rules().concurrentHashes(), settings.rules().hashWait());
    }

    @Provides
    @Singleton
    MessageRules messageRules() {
        return new MessageRules(settings.rules().messages());
    }

    @Provides
    @Singleton
    Submissions submissions(MessageRules rules, SenderPolicy policy, Clock clock) {
        return new Submissions(
                rules,
                policy,
                engine.recorder(),
                clock,
                new SecureRandom(),
                settings.submission().maxRecipients());
    }
}
