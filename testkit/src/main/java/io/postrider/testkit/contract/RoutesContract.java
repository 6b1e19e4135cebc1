package io.postrider.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.route.Hop;
import io.postrider.route.Route;
import io.postrider.route.Routes;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What callers of {@link io.postrider.route.Routes} rely on. Each test gets an empty store. */
public interface RoutesContract {
    Routes routes();

    @Test
    default void listShouldBeEmptyAtFirst() {
        assertThat(routes().list()).isEmpty();
    }

    @Test
    default void putShouldKeepEveryField() {
        Route route = new Route(
                "acme",
                -3,
                new Route.When(
                        Optional.of("acme"),
                        Optional.of("broadcast"),
                        Optional.of("*.acme.example"),
                        Optional.of("example.com")),
                List.of(new Hop.ViaRelay("ses"), new Hop.ViaRelay("backup"), new Hop.Simulator()));
        routes().put(route);

        assertThat(routes().list()).containsExactly(route);
    }

    @Test
    default void putShouldReplaceTheRouteOfTheSameName() {
        routes().put(route("acme", 1, Optional.of("acme")));
        Route replacement = route("acme", 2, Optional.empty());
        routes().put(replacement);

        assertThat(routes().list()).containsExactly(replacement);
    }

    @Test
    default void listShouldGoByPositionThenByName() {
        routes().put(route("c", 10, Optional.of("acme")));
        routes().put(route("b", 10, Optional.of("acme")));
        routes().put(route("a", 20, Optional.of("acme")));
        routes().put(route("z", 9, Optional.of("acme")));

        assertThat(routes().list()).extracting(Route::name).containsExactly("z", "b", "c", "a");
    }

    @Test
    default void listShouldEndWithTheDefaultRouteWhateverItsPosition() {
        routes().put(route(Route.DEFAULT, -100, Optional.empty()));
        routes().put(route("a", 1, Optional.of("acme")));
        routes().put(route("z", 2, Optional.empty()));

        assertThat(routes().list()).extracting(Route::name).containsExactly("a", "z", Route.DEFAULT);
    }

    @Test
    default void removeShouldTellWhetherThereWasOne() {
        routes().put(route("acme", 1, Optional.empty()));

        assertThat(routes().remove("acme")).isTrue();
        assertThat(routes().remove("acme")).isFalse();
        assertThat(routes().list()).isEmpty();
    }

    private static Route route(String name, int position, Optional<String> tenant) {
        return new Route(
                name,
                position,
                new Route.When(tenant, Optional.empty(), Optional.empty(), Optional.empty()),
                List.of(new Hop.Simulator()));
    }
}
