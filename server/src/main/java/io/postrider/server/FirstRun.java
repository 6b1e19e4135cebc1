package io.postrider.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.postrider.dkim.DkimKeys;
import io.postrider.domain.SendingDomain;
import io.postrider.route.Hop;
import io.postrider.route.Route;
import io.postrider.security.PasswordHasher;
import io.postrider.security.file.RandomToken;
import io.postrider.security.file.SecretFiles;
import io.postrider.store.sql.SqlStore;
import io.postrider.tenant.Credential;
import io.postrider.tenant.Tenant;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What the first start makes: a tenant, a credential, a sending domain with a key, and the default route to the simulator. It is told once, and written to {@code
 * secrets/first-run.json}, which only the owner may read.
 */
final class FirstRun {
    /** A domain that nobody can own (RFC 2606, section 2), for the first mail. */
    static final String SENDER_DOMAIN = "postrider.example";

    private static final String USERNAME = "default";
    private static final String SELECTOR = "pr1";
    private static final int PASSWORD_BITS = 160;
    private static final String DONE_FILE = "first-run.done";
    private static final String DONE = "The first start of this home is over; first-run.json may be taken away.\n";

    private final SqlStore store;
    private final PasswordHasher hasher;
    private final Path file;
    /** Stays when an operator has taken the secrets out of the home: without it, the next start would make a new password. */
    private final Path done;

    private final Clock clock;

    FirstRun(Home home, SqlStore store, PasswordHasher hasher, Clock clock) {
        this.file = home.secrets().resolve("first-run.json");
        this.done = home.secrets().resolve(DONE_FILE);
        this.store = store;
        this.hasher = hasher;
        this.clock = clock;
    }

    /** What only the first start knows. */
    record Made(String username, String password) {}

    /** Makes what is missing in a home that was never started; an earlier first start that died half way is done again. */
    Optional<Made> make() {
        if (Files.exists(file) && !Files.exists(done)) {
            SecretFiles.write(done, DONE);
        }
        if (Files.exists(done)) {
            return Optional.empty();
        }
        Instant now = clock.instant();
        store.tenants().add(new Tenant(Tenant.DEFAULT, now));
        if (store.sendingDomains().find(SENDER_DOMAIN).isEmpty()) {
            store.sendingDomains()
                    .put(new SendingDomain(
                            SENDER_DOMAIN,
                            Tenant.DEFAULT,
                            "bounce." + SENDER_DOMAIN,
                            List.of(DkimKeys.generate(SELECTOR, now)),
                            now));
        }
        if (store.routes().list().isEmpty()) {
            store.routes().put(new Route(Route.DEFAULT, 1000, Route.When.ALWAYS, List.of(new Hop.Simulator())));
        }
        String password = RandomToken.of(PASSWORD_BITS, new SecureRandom());
        store.credentials()
                .put(new Credential(
                        USERNAME, Tenant.DEFAULT, hasher.hash(password), false, "made by the first start", now));
        return Optional.of(new Made(USERNAME, password));
    }

    /** Has the next start of a home make nothing. */
    static void skip(Home home) {
        SecretFiles.write(home.secrets().resolve(DONE_FILE), DONE);
    }

    /** Writes the file that ends the first start. */
    void write(Made made, String adminUrl, String adminToken, String smtpHost, int smtpPort) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("adminUrl", adminUrl);
        json.put("adminToken", adminToken);
        json.put("smtpHost", smtpHost);
        json.put("smtpPort", smtpPort);
        json.put("smtpUser", made.username());
        json.put("smtpPassword", made.password());
        json.put("senderDomain", SENDER_DOMAIN);
        try {
            SecretFiles.write(
                    file, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
        SecretFiles.write(done, DONE);
    }
}
