package io.postrider.store.sql;

import static io.postrider.testkit.Fixtures.BOB;
import static io.postrider.testkit.Fixtures.NOW;
import static io.postrider.testkit.Fixtures.accepted;
import static io.postrider.testkit.Fixtures.newId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.domain.DkimKey;
import io.postrider.domain.SendingDomain;
import io.postrider.mail.MessageId;
import io.postrider.route.HeaderSet;
import io.postrider.route.Relay;
import io.postrider.store.StoreUnavailableException;
import io.postrider.testkit.AesSecretBox;
import io.postrider.trace.EntryId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlStoreTest {
    private static final String PRIVATE_KEY = "this-is-the-private-key";
    private static final String PASSWORD = "this-is-the-password";

    @RegisterExtension
    final StoreExtension extension = new StoreExtension();

    @Test
    void pingShouldReturnWhileTheStoreIsOpen() {
        assertThatCode(extension.store()::ping).doesNotThrowAnyException();
    }

    @Test
    void everyPortShouldBeUnavailableAfterClose() {
        SqlStore store = extension.store();
        store.close();

        MessageId id = newId();
        Stream<ThrowingCallable> calls = Stream.of(
                store::ping,
                () -> store.tenants().find("acme"),
                () -> store.credentials().find("app"),
                () -> store.sendingDomains().find("acme.example"),
                () -> store.relays().find("ses"),
                () -> store.routes().list(),
                () -> store.messageLog().append(List.of(accepted(id, BOB))),
                () -> store.messageLog().find(id),
                () -> store.messageLog().deliveries(List.of(id)),
                () -> store.heldMails().count(),
                () -> store.heldMails().discard(new EntryId("key"), NOW));
        assertThat(calls).allSatisfy(call -> assertThatThrownBy(call).isInstanceOf(StoreUnavailableException.class));
    }

    @Test
    void secretsShouldNotStandInTheFiles() {
        putSecrets();

        assertThat(extension.contentOfAllFiles())
                .contains("smtp.example.com")
                .doesNotContain(PRIVATE_KEY)
                .doesNotContain(PASSWORD);
    }

    @Test
    void secretsShouldBeUnavailableUnderAnotherKey() {
        putSecrets();
        extension.store().close();

        try (SqlStore other = SqlStore.open(extension.file(), AesSecretBox.withNewKey())) {
            assertThatThrownBy(() -> other.sendingDomains().find("acme.example"))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasStackTraceContaining("dkim_keys.private_key_sealed/acme.example/s1")
                    .hasStackTraceContaining("is the encryption key another one?");
            assertThatThrownBy(() -> other.relays().find("ses"))
                    .isInstanceOf(StoreUnavailableException.class)
                    .hasStackTraceContaining("relays.password_sealed/ses");
        }
    }

    @Test
    void aSecretShouldNotOpenInTheRowOfAnother() throws SQLException {
        putSecrets();
        extension.store().relays().put(relay("evil"));
        execute("UPDATE relays SET password_sealed = (SELECT password_sealed FROM relays WHERE name = 'ses')"
                + " WHERE name = 'evil'");

        assertThatThrownBy(() -> extension.store().relays().find("evil")).isInstanceOf(StoreUnavailableException.class);
        assertThat(extension.store().relays().find("ses").orElseThrow().password())
                .contains(PASSWORD);
    }

    private void putSecrets() {
        DkimKey key = new DkimKey(
                "s1",
                PRIVATE_KEY.getBytes(StandardCharsets.UTF_8),
                "public".getBytes(StandardCharsets.UTF_8),
                true,
                NOW);
        extension
                .store()
                .sendingDomains()
                .put(new SendingDomain("acme.example", "acme", "bounces.acme.example", List.of(key), NOW));
        extension.store().relays().put(relay("ses"));
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + extension.file());
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(sql);
        }
    }

    private static Relay relay(String name) {
        return new Relay(
                name,
                "smtp.example.com",
                587,
                new Relay.Tls(Relay.TlsMode.STARTTLS, true, Optional.empty()),
                Optional.of("user"),
                Optional.of(PASSWORD),
                10,
                100,
                HeaderSet.FULL);
    }
}
