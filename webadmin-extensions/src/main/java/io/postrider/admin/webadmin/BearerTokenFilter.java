package io.postrider.admin.webadmin;

import java.util.Locale;
import java.util.Optional;
import javax.inject.Inject;
import org.apache.james.webadmin.authentication.AuthenticationFilter;
import spark.Request;
import spark.Response;

/** Lets a request pass that has {@code Authorization: Bearer TOKEN}; answers 401 to any other. */
public final class BearerTokenFilter implements AuthenticationFilter {
    private static final String SCHEME = "bearer ";

    private final AdminToken token;

    @Inject
    public BearerTokenFilter(AdminToken token) {
        this.token = token;
    }

    @Override
    public void handle(Request request, Response response) {
        Optional<String> given = Optional.ofNullable(request.headers("Authorization"))
                .filter(header -> header.toLowerCase(Locale.ROOT).startsWith(SCHEME))
                .map(header -> header.substring(SCHEME.length()).trim());
        if (given.filter(token::matches).isEmpty()) {
            response.header("WWW-Authenticate", "Bearer");
            throw Errors.unauthorized(
                    given.isPresent()
                            ? "The token is not the admin token"
                            : "No token (expected: the header 'Authorization: Bearer TOKEN')");
        }
        request.attribute(LOGIN, "admin");
    }
}
