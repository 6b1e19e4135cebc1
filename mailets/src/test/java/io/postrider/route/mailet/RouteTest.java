package io.postrider.route.mailet;

import static io.postrider.fixture.Mails.mail;
import static io.postrider.fixture.Mails.parameters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.bridge.MailAttributes;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import io.postrider.route.Route.When;
import io.postrider.route.RouteTable;
import io.postrider.route.Routes;
import io.postrider.store.StoreUnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.mail.MessagingException;
import org.apache.james.server.core.MailImpl;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RouteTest {
    private final InMemoryRoutes routes = new InMemoryRoutes();
    private final Route route = new Route(new RouteTable(routes));

    @BeforeEach
    void init() throws MessagingException {
        route.init(parameters(Map.of()));
    }

    @Test
    void serviceShouldNoteTheWayOfEachRecipient() throws Exception {
        routes.put(new io.postrider.route.Route(
                "second",
                1,
                new When(
                        Optional.of("default"),
                        Optional.of("transactional"),
                        Optional.of("second.example"),
                        Optional.of("example.org")),
                List.of(new Hop.ViaRelay("ses"), new Hop.ViaRelay("backup"))));
        MailImpl mail = mail("From: a@second.example¤¤x", "Bob@example.org", "carol@example.org", "dave@example.net");
        route.service(mail);

        assertThat(MailAttributes.ROUTES.require(mail))
                .isEqualTo(Map.of(
                        EmailAddress.parse("Bob@example.org"),
                        List.of(new Hop.ViaRelay("ses"), new Hop.ViaRelay("backup")),
                        EmailAddress.parse("carol@example.org"),
                        List.of(new Hop.ViaRelay("ses"), new Hop.ViaRelay("backup")),
                        EmailAddress.parse("dave@example.net"),
                        List.of(new Hop.Simulator())));
        assertThat(routes.asked).isEqualTo(2);
    }

    @Test
    void serviceShouldAskForTheReversePathWhenThereIsNoAuthor() throws Exception {
        routes.put(new io.postrider.route.Route(
                "first",
                1,
                new When(Optional.empty(), Optional.empty(), Optional.of("example.com"), Optional.empty()),
                List.of(new Hop.ViaRelay("ses"))));
        MailImpl mail = mail("X: 1¤¤x", "bob@example.org");
        route.service(mail);

        assertThat(MailAttributes.ROUTES.require(mail).values()).containsExactly(List.of(new Hop.ViaRelay("ses")));
    }

    @Test
    void serviceShouldPassOnThatTheStoreIsSilent() throws Exception {
        MailImpl mail = mail("From: a@example.com¤¤x", "bob@example.org");
        routes.silent = true;

        assertThatThrownBy(() -> route.service(mail)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void initShouldRefuseAnUnknownParameter() {
        assertThatThrownBy(() -> route.init(parameters(Map.of("via", "x")))).hasMessageContaining("via");
    }

    private static final class InMemoryRoutes implements Routes {
        private final List<io.postrider.route.Route> stored = new ArrayList<>();
        private int asked;
        private boolean silent;

        @Override
        public void put(io.postrider.route.Route route) {
            stored.add(route);
        }

        @Override
        public List<io.postrider.route.Route> list() {
            if (silent) {
                throw new StoreUnavailableException("list routes", new IllegalStateException("silent"));
            }
            asked++;
            return stored;
        }

        @Override
        public boolean remove(String name) {
            return stored.removeIf(route -> route.name().equals(name));
        }
    }
}
