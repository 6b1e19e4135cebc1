package io.postrider.route;

import java.util.List;

/** Decides which route a delivery takes. */
public final class RouteTable {
    /** Mail for these domains never leaves the machine, whatever the routes say. */
    public static final String SIMULATOR_DOMAIN = "simulator.invalid";

    private static final Route BUILT_IN = new Route("simulator", 0, Route.When.ALWAYS, List.of(new Hop.Simulator()));

    private final Routes routes;

    public RouteTable(Routes routes) {
        this.routes = routes;
    }

    /** The route that decides. Without any stored route, mail goes to the simulator: nothing leaves a fresh install. */
    public Route routeFor(Route.Question question) {
        String domain = question.recipientDomain();
        if (domain.equals(SIMULATOR_DOMAIN) || domain.endsWith("." + SIMULATOR_DOMAIN)) {
            return BUILT_IN;
        }
        for (Route route : routes.list()) {
            if (route.when().holdsFor(question)) {
                return route;
            }
        }
        return BUILT_IN;
    }
}
