package io.postrider.server;

import com.google.inject.AbstractModule;
import com.google.inject.Provides;
import com.google.inject.Singleton;
import com.google.inject.multibindings.Multibinder;
import io.postrider.admin.webadmin.AdminGuard;
import io.postrider.admin.webadmin.AdminRequestLogger;
import io.postrider.admin.webadmin.OpenApiRoutes;
import io.postrider.dispatch.webadmin.QueueRoutes;
import io.postrider.dispatch.webadmin.SweeperRoutes;
import io.postrider.domain.webadmin.SendingDomainRoutes;
import io.postrider.route.webadmin.EgressPoolRoutes;
import io.postrider.route.webadmin.RelayRoutes;
import io.postrider.route.webadmin.RoutingRoutes;
import io.postrider.server.config.Settings;
import io.postrider.simulator.webadmin.SimulatorRoutes;
import io.postrider.tenant.webadmin.CredentialRoutes;
import io.postrider.tenant.webadmin.TenantRoutes;
import io.postrider.trace.webadmin.MessageRoutes;
import java.util.Optional;
import org.apache.james.webadmin.FixedPortSupplier;
import org.apache.james.webadmin.RandomPortSupplier;
import org.apache.james.webadmin.Routes;
import org.apache.james.webadmin.WebAdminConfiguration;
import org.apache.james.webadmin.dropwizard.MetricsRoutes;
import org.apache.james.webadmin.mdc.RequestLogger;

/** Our routes on James's WebAdmin. */
final class AdminModule extends AbstractModule {
    @Override
    protected void configure() {
        Multibinder<Routes> routes = Multibinder.newSetBinder(binder(), Routes.class);
        routes.addBinding().to(TenantRoutes.class);
        routes.addBinding().to(CredentialRoutes.class);
        routes.addBinding().to(SendingDomainRoutes.class);
        routes.addBinding().to(RelayRoutes.class);
        routes.addBinding().to(EgressPoolRoutes.class);
        routes.addBinding().to(RoutingRoutes.class);
        routes.addBinding().to(MessageRoutes.class);
        routes.addBinding().to(QueueRoutes.class);
        routes.addBinding().to(SweeperRoutes.class);
        routes.addBinding().to(SimulatorRoutes.class);
        routes.addBinding().to(OpenApiRoutes.class);
        routes.addBinding().to(MetricsRoutes.class);
        routes.addBinding().to(AdminGuard.class);
        Multibinder.newSetBinder(binder(), RequestLogger.class).addBinding().to(AdminRequestLogger.class);
    }

    @Provides
    @Singleton
    WebAdminConfiguration configuration(Settings settings) {
        WebAdminConfiguration.Builder builder = WebAdminConfiguration.builder()
                .enabled()
                .host(settings.server().bindAddress())
                .port(
                        settings.admin().port() == 0
                                ? new RandomPortSupplier()
                                : new FixedPortSupplier(settings.admin().port()))
                // James's default for the least number of threads is 8080, and Jetty then never starts.
                .minThreadCount(Optional.of(2))
                .maxThreadCount(Optional.of(32));
        settings.admin()
                .corsOrigin()
                .ifPresent(origin -> builder.enableCORS(true).urlCORSOrigin(origin));
        return builder.build();
    }
}
