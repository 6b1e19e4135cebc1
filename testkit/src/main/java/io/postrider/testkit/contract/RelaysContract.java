package io.postrider.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.postrider.route.HeaderSet;
import io.postrider.route.Relay;
import io.postrider.route.Relays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What callers of {@link io.postrider.route.Relays} rely on. Each test gets an empty store. */
public interface RelaysContract {
    Relays relays();

    /** The same store, closed and opened again. */
    Relays reopenedRelays();

    @Test
    default void putShouldKeepEveryField() {
        Relay relay = withPassword("ses", "pässword");
        relays().put(relay);

        assertThat(relays().find("ses")).contains(relay);
    }

    @Test
    default void putShouldKeepARelayWithoutPassword() {
        Relay relay = open("plain");
        relays().put(relay);

        assertThat(relays().find("plain")).contains(relay);
    }

    @Test
    default void putShouldReplaceTheRelayAndForgetItsPassword() {
        relays().put(withPassword("ses", "secret"));
        relays().put(open("ses"));

        assertThat(relays().find("ses")).contains(open("ses"));
        assertThat(relays().list(10, Optional.empty()).items()).hasSize(1);
    }

    @Test
    default void passwordsShouldSurviveAReopening() {
        relays().put(withPassword("ses", "secret"));

        assertThat(reopenedRelays().find("ses").orElseThrow().password()).contains("secret");
    }

    @Test
    default void listShouldReturnAllByNameOverSeveralPages() {
        IntStream.range(0, 5).forEach(i -> relays().put(withPassword("relay-" + (4 - i), "secret " + i)));

        assertThat(Pages.all(2, cursor -> relays().list(2, cursor)))
                .extracting(Relay::name)
                .containsExactly("relay-0", "relay-1", "relay-2", "relay-3", "relay-4");
    }

    @Test
    default void listShouldRefuseACursorThatItDidNotGive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> relays().list(10, Optional.of("x")))
                .withMessageContaining("cursor: 'x'");
    }

    @Test
    default void removeShouldTellWhetherThereWasOne() {
        relays().put(open("plain"));

        assertThat(relays().remove("plain")).isTrue();
        assertThat(relays().remove("plain")).isFalse();
        assertThat(relays().find("plain")).isEmpty();
    }

    private static Relay withPassword(String name, String password) {
        return new Relay(
                name,
                "email-smtp.eu-west-1.amazonaws.com",
                465,
                new Relay.Tls(Relay.TlsMode.IMPLICIT, true, Optional.of("-----BEGIN CERTIFICATE-----\n…")),
                Optional.of("AKIA"),
                Optional.of(password),
                20,
                100,
                HeaderSet.SES);
    }

    private static Relay open(String name) {
        return new Relay(
                name,
                "192.0.2.25",
                25,
                new Relay.Tls(Relay.TlsMode.OPPORTUNISTIC, false, Optional.empty()),
                Optional.empty(),
                Optional.empty(),
                1,
                1,
                HeaderSet.FULL);
    }
}
