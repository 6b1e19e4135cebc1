package io.postrider.route.webadmin;

import io.postrider.admin.webadmin.Errors;
import io.postrider.admin.webadmin.Json;
import io.postrider.admin.webadmin.Paging;
import io.postrider.admin.webadmin.PathParameters;
import io.postrider.admin.webadmin.Query;
import io.postrider.route.EgressPool;
import io.postrider.route.EgressPools;
import io.postrider.route.Hop;
import io.postrider.route.Relays;
import io.postrider.route.Route;
import io.postrider.route.Routes;
import io.postrider.store.Page;
import io.postrider.tenant.Tenants;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.inject.Inject;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /routes}: where mail goes, in the order in which the routes are asked. */
public final class RoutingRoutes implements org.apache.james.webadmin.Routes {
    private final Routes routes;
    private final Relays relays;
    private final EgressPools pools;
    private final Tenants tenants;

    @Inject
    public RoutingRoutes(Routes routes, Relays relays, EgressPools pools, Tenants tenants) {
        this.routes = routes;
        this.relays = relays;
        this.pools = pools;
        this.tenants = tenants;
    }

    @Override
    public String getBasePath() {
        return "/routes";
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
        return Paging.view(page(routes.list(), paging), RouteView::of);
    }

    /** The cursor is the name of the last route of the page before. */
    private static Page<Route> page(List<Route> all, Paging paging) {
        int from = paging.cursor().map(name -> indexOf(all, name) + 1).orElse(0);
        int to = Math.min(all.size(), from + paging.limit());
        Optional<String> next = to < all.size() ? Optional.of(all.get(to - 1).name()) : Optional.empty();
        return new Page<>(all.subList(from, to), next);
    }

    private static int indexOf(List<Route> all, String name) {
        return IntStream.range(0, all.size())
                .filter(i -> all.get(i).name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "cursor: '" + name + "' (expected: the nextCursor of an answer; the list may have changed)"));
    }

    private Object put(Request request, Response response) {
        String name = PathParameters.name(request, "route");
        Route route = Json.read(request, RouteBody.class).toRoute(name);
        requireWhatItNames(route);
        boolean known = stored(name).isPresent();
        routes.put(route);
        response.status(known ? 200 : 201);
        return RouteView.of(route);
    }

    private void requireWhatItNames(Route route) {
        for (Hop hop : route.via()) {
            if (hop instanceof Hop.ViaRelay relay && relays.find(relay.name()).isEmpty()) {
                throw new IllegalArgumentException("via: there is no relay '" + relay.name()
                        + "' (expected: one that PUT /relays/" + relay.name() + " made)");
            }
            if (hop instanceof Hop.Direct direct && !exists(direct.pool())) {
                throw new IllegalArgumentException("via: there is no pool '" + direct.pool()
                        + "' (expected: one that PUT /pools/" + direct.pool() + " made)");
            }
        }
        route.when().tenant().filter(name -> tenants.find(name).isEmpty()).ifPresent(name -> {
            throw new IllegalArgumentException("when.tenant: there is no tenant '" + name
                    + "' (expected: one that PUT /tenants/" + name + " made)");
        });
    }

    private boolean exists(String pool) {
        return pool.equals(EgressPool.DEFAULT) || pools.find(pool).isPresent();
    }

    private Object find(Request request, Response response) {
        String name = PathParameters.name(request, "route");
        return stored(name).map(RouteView::of).orElseThrow(() -> Errors.notFound("route", name));
    }

    private Object remove(Request request, Response response) {
        String name = PathParameters.name(request, "route");
        if (name.equals(Route.DEFAULT)) {
            throw Errors.conflict(
                    "The route 'default' takes what no other takes and stays; PUT it with another via to change it");
        }
        if (!routes.remove(name)) {
            throw Errors.notFound("route", name);
        }
        response.status(204);
        return "";
    }

    private Optional<Route> stored(String name) {
        return routes.list().stream().filter(route -> route.name().equals(name)).findFirst();
    }

    private record RouteView(String name, int position, WhenView when, List<String> via) {
        static RouteView of(Route route) {
            return new RouteView(
                    route.name(),
                    route.position(),
                    new WhenView(
                            route.when().tenant(),
                            route.when().stream(),
                            route.when().senderDomain(),
                            route.when().recipientDomain()),
                    route.via().stream().map(Hop::toString).toList());
        }
    }

    private record WhenView(
            Optional<String> tenant,
            Optional<String> stream,
            Optional<String> senderDomain,
            Optional<String> recipientDomain) {}
}
