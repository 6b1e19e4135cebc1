package io.postrider.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.postrider.route.Hop;
import io.postrider.route.Route;
import io.postrider.security.PasswordHasher;
import io.postrider.security.bouncycastle.Argon2PasswordHasher;
import io.postrider.store.sql.SqlStore;
import io.postrider.tenant.Tenant;
import io.postrider.testkit.AesSecretBox;
import io.postrider.testkit.Fixtures;
import io.postrider.testkit.MutableClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstRunTest {
    private final PasswordHasher hasher = new Argon2PasswordHasher();

    @TempDir
    Path directory;

    private Home home;
    private SqlStore store;
    private FirstRun firstRun;

    @BeforeEach
    void open() {
        home = Home.open(directory);
        store = SqlStore.open(home.database(), AesSecretBox.withNewKey());
        firstRun = new FirstRun(home, store, hasher, new MutableClock(Fixtures.NOW));
    }

    @AfterEach
    void close() {
        store.close();
        home.close();
    }

    private void write(FirstRun.Made made) {
        firstRun.write(made, "http://127.0.0.1:8000", "token", "127.0.0.1", 2587);
    }

    @Test
    void theFirstStartShouldMakeAllThatAFirstMailNeeds() {
        FirstRun.Made made = firstRun.make().orElseThrow();

        assertThat(store.tenants().find(Tenant.DEFAULT)).isPresent();
        assertThat(store.credentials().find(made.username())).hasValueSatisfying(credential -> {
            assertThat(credential.tenant()).isEqualTo(Tenant.DEFAULT);
            assertThat(hasher.matches(made.password(), credential.passwordHash()))
                    .isTrue();
        });
        assertThat(store.sendingDomains().find(FirstRun.SENDER_DOMAIN)).hasValueSatisfying(domain -> {
            assertThat(domain.tenant()).isEqualTo(Tenant.DEFAULT);
            assertThat(domain.keys()).hasSize(1);
        });
        assertThat(store.routes().list())
                .containsExactly(new Route(Route.DEFAULT, 1000, Route.When.ALWAYS, List.of(new Hop.Simulator())));
    }

    @Test
    void whatItMadeShouldBeWrittenForScriptsAndOnlyForTheOwner() throws Exception {
        FirstRun.Made made = firstRun.make().orElseThrow();
        write(made);

        Path file = home.secrets().resolve("first-run.json");
        JsonNode json = new ObjectMapper().readTree(file.toFile());
        assertThat(json.fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder(
                        "adminUrl", "adminToken", "smtpHost", "smtpPort", "smtpUser", "smtpPassword", "senderDomain");
        assertThat(json.get("smtpPassword").asText()).isEqualTo(made.password());
        assertThat(json.get("smtpPort").asInt()).isEqualTo(2587);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void laterStartsShouldMakeNothing() {
        write(firstRun.make().orElseThrow());

        assertThat(firstRun.make()).isEmpty();
    }

    @Test
    void laterStartsShouldKeepThePasswordWhenTheSecretsWereTakenAway() throws Exception {
        FirstRun.Made made = firstRun.make().orElseThrow();
        write(made);
        Files.delete(home.secrets().resolve("first-run.json"));

        assertThat(firstRun.make()).isEmpty();
        String hash = store.credentials().find(made.username()).orElseThrow().passwordHash();
        assertThat(hasher.matches(made.password(), hash)).isTrue();
    }

    @Test
    void aStartThatDiedBehindTheSecretsShouldBeOver() throws Exception {
        FirstRun.Made made = firstRun.make().orElseThrow();
        write(made);
        Files.delete(home.secrets().resolve("first-run.done"));

        assertThat(firstRun.make()).isEmpty();
        Files.delete(home.secrets().resolve("first-run.json"));
        assertThat(firstRun.make()).isEmpty();
    }

    @Test
    void aFirstStartThatDiedHalfWayShouldBeDoneAgainWithThatKeyAndANewPassword() {
        FirstRun.Made lost = firstRun.make().orElseThrow();
        var domain = store.sendingDomains().find(FirstRun.SENDER_DOMAIN).orElseThrow();

        FirstRun.Made made = firstRun.make().orElseThrow();

        assertThat(made.username()).isEqualTo(lost.username());
        assertThat(made.password()).isNotEqualTo(lost.password());
        String hash = store.credentials().find(made.username()).orElseThrow().passwordHash();
        assertThat(hasher.matches(made.password(), hash)).isTrue();
        assertThat(hasher.matches(lost.password(), hash)).isFalse();
        assertThat(store.sendingDomains().find(FirstRun.SENDER_DOMAIN).orElseThrow())
                .usingRecursiveComparison()
                .isEqualTo(domain);
    }

    @Test
    void routesThatAreThereShouldStay() {
        Route route = new Route(Route.DEFAULT, 5, Route.When.ALWAYS, List.of(new Hop.ViaRelay("ses")));
        store.routes().put(route);

        firstRun.make();

        assertThat(store.routes().list()).containsExactly(route);
    }
}
