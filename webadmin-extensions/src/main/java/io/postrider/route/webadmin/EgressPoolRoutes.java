package io.postrider.route.webadmin;

import io.postrider.admin.webadmin.Errors;
import io.postrider.admin.webadmin.Json;
import io.postrider.admin.webadmin.Paging;
import io.postrider.admin.webadmin.PathParameters;
import io.postrider.admin.webadmin.Query;
import io.postrider.route.EgressPool;
import io.postrider.route.EgressPools;
import io.postrider.route.Hop;
import io.postrider.route.Route;
import io.postrider.route.Routes;
import java.util.List;
import java.util.Optional;
import javax.inject.Inject;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /pools}: the addresses that direct mail goes out from. */
public final class EgressPoolRoutes implements org.apache.james.webadmin.Routes {
    private final EgressPools pools;
    private final Routes routes;

    @Inject
    public EgressPoolRoutes(EgressPools pools, Routes routes) {
        this.pools = pools;
        this.routes = routes;
    }

    @Override
    public String getBasePath() {
        return "/pools";
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
        return Paging.view(pools.list(paging.limit(), paging.cursor()), PoolView::of);
    }

    private Object put(Request request, Response response) {
        String name = PathParameters.name(request, "pool");
        EgressPool pool = Json.read(request, EgressPoolBody.class).toPool(name);
        boolean known = pools.find(name).isPresent();
        pools.put(pool);
        response.status(known ? 200 : 201);
        return PoolView.of(pool);
    }

    private Object find(Request request, Response response) {
        String name = PathParameters.name(request, "pool");
        return pools.find(name).map(PoolView::of).orElseThrow(() -> Errors.notFound("pool", name));
    }

    private Object remove(Request request, Response response) {
        String name = PathParameters.name(request, "pool");
        if (pools.find(name).isEmpty()) {
            throw Errors.notFound("pool", name);
        }
        List<String> users = name.equals(EgressPool.DEFAULT)
                ? List.of() // without an entry, the system chooses the address
                : routes.list().stream()
                        .filter(route -> route.via().contains(new Hop.Direct(name)))
                        .map(Route::name)
                        .toList();
        if (!users.isEmpty()) {
            throw Errors.conflict("The pool '" + name + "' is still in the way of: " + String.join(", ", users)
                    + " (change or remove those routes first)");
        }
        pools.remove(name);
        response.status(204);
        return "";
    }

    private record PoolView(String name, List<SourceView> sources) {
        static PoolView of(EgressPool pool) {
            return new PoolView(
                    pool.name(), pool.sources().stream().map(SourceView::of).toList());
        }
    }

    private record SourceView(String address, Optional<String> ehloName, int weight) {
        static SourceView of(EgressPool.Source source) {
            return new SourceView(source.address().getHostAddress(), source.ehloName(), source.weight());
        }
    }
}
