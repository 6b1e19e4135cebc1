package io.postrider.tenant.webadmin;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.postrider.admin.webadmin.Errors;
import io.postrider.admin.webadmin.Json;
import io.postrider.admin.webadmin.Paging;
import io.postrider.admin.webadmin.PathParameters;
import io.postrider.admin.webadmin.Query;
import io.postrider.security.PasswordHasher;
import io.postrider.tenant.Credential;
import io.postrider.tenant.Credentials;
import io.postrider.tenant.Tenants;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.inject.Inject;
import org.apache.james.webadmin.Routes;
import org.jspecify.annotations.Nullable;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /credentials}: who may submit. A password is hashed before it is stored; one that was generated here is shown once, in that answer only. */
public final class CredentialRoutes implements Routes {
    /** The longest description, in characters. */
    public static final int MAX_DESCRIPTION_LENGTH = 1000;

    private final Credentials credentials;
    private final Tenants tenants;
    private final PasswordHasher hasher;
    private final Clock clock;
    private final Passwords passwords = new Passwords();
    private final ReentrantLock writing = new ReentrantLock();

    @Inject
    public CredentialRoutes(Credentials credentials, Tenants tenants, PasswordHasher hasher, Clock clock) {
        this.credentials = credentials;
        this.tenants = tenants;
        this.hasher = hasher;
        this.clock = clock;
    }

    @Override
    public String getBasePath() {
        return "/credentials";
    }

    @Override
    public void define(Service service) {
        service.get(getBasePath(), Json.answer(this::list));
        service.post(getBasePath(), Json.answer(this::create));
        service.put(getBasePath() + "/:username", Json.answer(this::put));
        service.get(getBasePath() + "/:username", Json.answer(this::find));
        service.delete(getBasePath() + "/:username", this::remove);
    }

    private Object list(Request request, Response response) {
        Query query = Query.of(request, "tenant", "limit", "cursor");
        Paging paging = Paging.of(query);
        Optional<String> tenant = query.text("tenant").map(name -> PathParameters.requireName(name, "tenant"));
        return Paging.view(credentials.list(tenant, paging.limit(), paging.cursor()), CredentialView::of);
    }

    private Object create(Request request, Response response) {
        NewCredential body = Json.read(request, NewCredential.class);
        String tenant = existingTenant(body.tenant());
        String username = body.username() == null ? passwords.usernameFor(tenant) : body.username();
        Secret secret = secretOf(body.password());
        Credential credential =
                new Credential(username, tenant, secret.hash(), false, descriptionOf(body.description()), now());
        writing.lock();
        try {
            if (credentials.find(username).isPresent()) {
                throw Errors.conflict("There is a credential '" + username + "' already");
            }
            credentials.put(credential);
        } finally {
            writing.unlock();
        }
        response.status(201);
        response.header("Location", getBasePath() + "/" + username);
        return CredentialView.of(credential).withPassword(secret.generated());
    }

    private Object put(Request request, Response response) {
        String username = username(request);
        CredentialUpdate body = Json.read(request, CredentialUpdate.class);
        String tenant = existingTenant(body.tenant());
        String description = descriptionOf(body.description());
        boolean disabled = Boolean.TRUE.equals(body.disabled());
        writing.lock();
        try {
            Optional<Credential> old = credentials.find(username);
            Secret secret = body.password() == null && old.isPresent()
                    ? new Secret(old.get().passwordHash(), Optional.empty())
                    : secretOf(body.password());
            Credential credential = new Credential(
                    username,
                    tenant,
                    secret.hash(),
                    disabled,
                    description,
                    old.map(Credential::createdAt).orElseGet(this::now));
            credentials.put(credential);
            response.status(old.isPresent() ? 200 : 201);
            return CredentialView.of(credential).withPassword(secret.generated());
        } finally {
            writing.unlock();
        }
    }

    private Object find(Request request, Response response) {
        String username = username(request);
        return credentials
                .find(username)
                .map(CredentialView::of)
                .orElseThrow(() -> Errors.notFound("credential", username));
    }

    private Object remove(Request request, Response response) {
        String username = username(request);
        if (!credentials.remove(username)) {
            throw Errors.notFound("credential", username);
        }
        response.status(204);
        return "";
    }

    private static String username(Request request) {
        String username = PathParameters.second(request);
        return new Credential(username, "", "", true, "", Instant.EPOCH).username();
    }

    private String existingTenant(@Nullable String name) {
        if (name == null) {
            throw new IllegalArgumentException("tenant: missing (expected: the name of a tenant)");
        }
        if (tenants.find(PathParameters.requireName(name, "tenant")).isEmpty()) {
            throw new IllegalArgumentException(
                    "tenant: there is no tenant '" + name + "' (expected: one that PUT /tenants/" + name + " made)");
        }
        return name;
    }

    private static String descriptionOf(@Nullable String text) {
        String description = text == null ? "" : text;
        if (description.length() > MAX_DESCRIPTION_LENGTH) {
            throw new IllegalArgumentException("description: " + description.length()
                    + " characters (expected: at most " + MAX_DESCRIPTION_LENGTH + ")");
        }
        return description;
    }

    private Secret secretOf(@Nullable String chosen) {
        if (chosen != null) {
            return new Secret(hasher.hash(Passwords.requireUsable(chosen)), Optional.empty());
        }
        String generated = passwords.generate();
        return new Secret(hasher.hash(generated), Optional.of(generated));
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private record Secret(String hash, Optional<String> generated) {
        @Override
        public String toString() {
            return "Secret[…]";
        }
    }

    private record NewCredential(
            @Nullable String username,
            @Nullable String tenant,
            @Nullable String description,
            @Nullable String password) {
        @Override
        public String toString() {
            return "NewCredential[" + username + "]";
        }
    }

    private record CredentialUpdate(
            @Nullable String tenant,
            @Nullable String description,
            @Nullable Boolean disabled,
            @Nullable String password) {
        @Override
        public String toString() {
            return "CredentialUpdate[" + tenant + "]";
        }
    }

    /** @param password there only in the answer that follows its generation */
    private record CredentialView(
            String username,
            String tenant,
            String description,
            boolean disabled,
            Instant createdAt,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> password) {
        static CredentialView of(Credential credential) {
            return new CredentialView(
                    credential.username(),
                    credential.tenant(),
                    credential.description(),
                    credential.disabled(),
                    credential.createdAt(),
                    Optional.empty());
        }

        CredentialView withPassword(Optional<String> generated) {
            return new CredentialView(username, tenant, description, disabled, createdAt, generated);
        }

        @Override
        public String toString() {
            return "CredentialView[" + username + "]";
        }
    }
}
