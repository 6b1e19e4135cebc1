package io.postrider.route.webadmin;

import io.postrider.admin.webadmin.Errors;
import io.postrider.admin.webadmin.Json;
import io.postrider.admin.webadmin.Paging;
import io.postrider.admin.webadmin.PathParameters;
import io.postrider.admin.webadmin.Query;
import io.postrider.delivery.RelayFaults;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import io.postrider.route.Route;
import io.postrider.route.Routes;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.inject.Inject;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /relays}: the smart hosts. A password goes in and never comes out. */
public final class RelayRoutes implements org.apache.james.webadmin.Routes {
    private final Relays relays;
    private final Routes routes;
    private final RelayFaults faults;

    @Inject
    public RelayRoutes(Relays relays, Routes routes, RelayFaults faults) {
        this.relays = relays;
        this.routes = routes;
        this.faults = faults;
    }

    @Override
    public String getBasePath() {
        return "/relays";
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
        return Paging.view(relays.list(paging.limit(), paging.cursor()), this::view);
    }

    private Object put(Request request, Response response) {
        String name = PathParameters.name(request, "relay");
        RelayBody body = Json.read(request, RelayBody.class);
        Optional<Relay> old = relays.find(name);
        Relay relay = body.toRelay(name, old);
        relays.put(relay);
        faults.forget(name); // it was about what the relay was before
        response.status(old.isPresent() ? 200 : 201);
        return view(relay);
    }

    private Object find(Request request, Response response) {
        String name = PathParameters.name(request, "relay");
        return relays.find(name).map(this::view).orElseThrow(() -> Errors.notFound("relay", name));
    }

    private Object remove(Request request, Response response) {
        String name = PathParameters.name(request, "relay");
        if (relays.find(name).isEmpty()) {
            throw Errors.notFound("relay", name);
        }
        List<String> users = routes.list().stream()
                .filter(route -> route.via().contains(new Hop.ViaRelay(name)))
                .map(Route::name)
                .toList();
        if (!users.isEmpty()) {
            throw Errors.conflict("The relay '" + name + "' is still in the way of: " + String.join(", ", users)
                    + " (change or remove those routes first)");
        }
        relays.remove(name);
        faults.forget(name);
        response.status(204);
        return "";
    }

    private RelayView view(Relay relay) {
        return RelayView.of(relay, faults.find(relay.name()));
    }

    /** @param fault what keeps mail from going this way; none since it took the last */
    private record RelayView(
            String name,
            String host,
            int port,
            TlsView tls,
            Optional<String> username,
            boolean passwordSet,
            int maxConnections,
            int messagesPerConnection,
            String headerSet,
            Optional<RelayFaults.Fault> fault) {
        static RelayView of(Relay relay, Optional<RelayFaults.Fault> fault) {
            return new RelayView(
                    relay.name(),
                    relay.host(),
                    relay.port(),
                    new TlsView(
                            relay.tls().mode().name().toLowerCase(Locale.ROOT),
                            relay.tls().verify(),
                            relay.tls().ca()),
                    relay.username(),
                    relay.password().isPresent(),
                    relay.maxConnections(),
                    relay.messagesPerConnection(),
                    relay.headerSet().name().toLowerCase(Locale.ROOT),
                    fault);
        }
    }

    private record TlsView(String mode, boolean verify, Optional<String> ca) {}
}
