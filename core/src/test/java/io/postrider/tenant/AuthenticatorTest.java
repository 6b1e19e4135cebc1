package io.postrider.tenant;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.security.PasswordHasher;
import io.postrider.store.Page;
import io.postrider.tenant.Authenticator.Login;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthenticatorTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final Map<String, Credential> credentials = new HashMap<>();
    private final AtomicInteger hashes = new AtomicInteger();
    private final Clock clock = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);
    private Runnable duringHash = () -> {};

    private final Authenticator authenticator = new Authenticator(
            new MapCredentials(),
            new CountingHasher(),
            new LoginBrake(new LoginBrake.Limits(3, Duration.ofMinutes(1), Duration.ofMinutes(2)), clock),
            new BoundedWork(1, Duration.ZERO),
            new BoundedWork(1, Duration.ZERO),
            clock,
            Duration.ofMinutes(1));

    @BeforeEach
    void addCredential() {
        put("app", false);
        hashes.set(0);
    }

    @Test
    void aRightPasswordShouldBeGrantedAndHashedOnce() {
        assertThat(login("App", "secret")).isEqualTo(new Login.Granted(credentials.get("app")));
        assertThat(login("app", "secret")).isInstanceOf(Login.Granted.class);
        assertThat(hashes).hasValue(1);
    }

    @Test
    void anUnknownUserShouldCostWhatAWrongPasswordCosts() {
        assertThat(login("app", "wrong")).isEqualTo(new Login.Denied());
        assertThat(hashes).hasValue(1);
        assertThat(login("nobody", "secret")).isEqualTo(new Login.Denied());
        assertThat(hashes).hasValue(2);
    }

    @Test
    void aDisabledCredentialShouldBeDeniedThoughItsPasswordIsRemembered() {
        login("app", "secret");
        put("app", true);

        assertThat(login("app", "secret")).isEqualTo(new Login.Denied());
    }

    @Test
    void aBrakedLoginShouldCostNoHash() {
        for (int i = 0; i < 3; i++) {
            login("nobody" + i, "wrong");
        }

        assertThat(login("app", "secret")).isEqualTo(new Login.Braked(Duration.ofMinutes(2)));
        assertThat(hashes).hasValue(3);
    }

    @Test
    void whoHasLoggedInFromThereShouldNotWaitBehindStrangers() throws InterruptedException {
        put("other", false);
        login("app", "secret");
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        duringHash = () -> {
            inside.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        CompletableFuture<Login> stranger = CompletableFuture.supplyAsync(() -> login("nobody", "wrong"));
        inside.await();
        duringHash = () -> {};

        assertThat(login("other", "secret")).isInstanceOf(Login.Busy.class);
        assertThat(login("app", "mistyped")).isInstanceOf(Login.Denied.class);
        goOn.countDown();
        assertThat(stranger.join()).isInstanceOf(Login.Denied.class);
    }

    @Test
    void moreLoginsThanMayRunShouldBePutOffAtOnce() throws InterruptedException {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        duringHash = () -> {
            inside.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        };
        CompletableFuture<Login> slow = CompletableFuture.supplyAsync(() -> login("app", "secret"));
        inside.await();

        assertThat(login("other", "secret")).isEqualTo(new Login.Busy());
        goOn.countDown();
        assertThat(slow.join()).isInstanceOf(Login.Granted.class);
        assertThat(login("app", "secret")).isInstanceOf(Login.Granted.class);
    }

    private Login login(String username, String password) {
        return authenticator.authenticate(HERE, username, password);
    }

    private void put(String username, boolean disabled) {
        credentials.put(username, new Credential(username, "default", "#secret", disabled, "", Instant.EPOCH));
    }

    private final class CountingHasher implements PasswordHasher {
        @Override
        public String hash(String password) {
            return "#" + password;
        }

        @Override
        public boolean matches(String password, String hash) {
            hashes.incrementAndGet();
            duringHash.run();
            return hash.equals("#" + password);
        }
    }

    private final class MapCredentials implements Credentials {
        @Override
        public void put(Credential credential) {
            credentials.put(credential.username(), credential);
        }

        @Override
        public Optional<Credential> find(String username) {
            return Optional.ofNullable(credentials.get(username));
        }

        @Override
        public Page<Credential> list(Optional<String> tenant, int limit, Optional<String> cursor) {
            throw new UnsupportedOperationException("a login lists nothing");
        }

        @Override
        public boolean remove(String username) {
            return credentials.remove(username) != null;
        }
    }
}
