package io.postrider.tenant.webadmin;

import io.postrider.admin.webadmin.Errors;
import io.postrider.admin.webadmin.Json;
import io.postrider.admin.webadmin.Paging;
import io.postrider.admin.webadmin.PathParameters;
import io.postrider.admin.webadmin.Query;
import io.postrider.tenant.BounceReports;
import io.postrider.tenant.Tenant;
import io.postrider.tenant.Tenants;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import javax.inject.Inject;
import org.apache.james.webadmin.Routes;
import org.jspecify.annotations.Nullable;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /tenants}: the isolated customers of the service. */
public final class TenantRoutes implements Routes {
    private final Tenants tenants;
    private final Clock clock;

    @Inject
    public TenantRoutes(Tenants tenants, Clock clock) {
        this.tenants = tenants;
        this.clock = clock;
    }

    @Override
    public String getBasePath() {
        return "/tenants";
    }

    @Override
    public void define(Service service) {
        service.get(getBasePath(), Json.answer(this::list));
        service.put(getBasePath() + "/:name", Json.answer(this::put));
        service.get(getBasePath() + "/:name", Json.answer(this::find));
        service.delete(getBasePath() + "/:name", this::remove);
    }

    private Object list(Request request, Response response) {
        Paging paging = Paging.of(Query.of(request, "limit", "cursor"));
        return Paging.view(tenants.list(paging.limit(), paging.cursor()), TenantView::of);
    }

    private Object put(Request request, Response response) {
        String name = PathParameters.name(request, "tenant");
        Optional<BounceReports> wanted = Json.readOptional(request, TenantBody.class)
                .flatMap(body -> Optional.ofNullable(body.bounceReports()))
                .map(BounceReports::parse);
        boolean added = tenants.add(
                new Tenant(name, clock.instant().truncatedTo(ChronoUnit.MILLIS), wanted.orElse(BounceReports.NONE)));
        if (!added) {
            wanted.ifPresent(reports -> tenants.setBounceReports(name, reports));
        }
        response.status(added ? 201 : 200);
        return find(name);
    }

    private Object find(Request request, Response response) {
        return find(PathParameters.name(request, "tenant"));
    }

    private TenantView find(String name) {
        return tenants.find(name).map(TenantView::of).orElseThrow(() -> Errors.notFound("tenant", name));
    }

    private Object remove(Request request, Response response) {
        String name = PathParameters.name(request, "tenant");
        if (tenants.find(name).isEmpty()) {
            throw Errors.notFound("tenant", name);
        }
        if (!tenants.remove(name)) {
            throw Errors.conflict("The tenant '" + name
                    + "' still owns credentials or sending domains; remove or hand over those first");
        }
        response.status(204);
        return "";
    }

    private record TenantBody(@Nullable String bounceReports) {}

    private record TenantView(String name, Instant createdAt, String bounceReports) {
        static TenantView of(Tenant tenant) {
            return new TenantView(
                    tenant.name(), tenant.createdAt(), tenant.bounceReports().toString());
        }
    }
}
