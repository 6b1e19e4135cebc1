package io.postrider.admin.webadmin;

import java.util.Locale;
import java.util.Optional;
import javax.inject.Inject;
import org.apache.james.webadmin.WebAdminConfiguration;
import org.apache.james.webadmin.authentication.AuthenticationFilter;
import spark.Request;
import spark.Response;

/**
 * Lets a request pass that has {@code Authorization: Bearer TOKEN}, and answers 401 to any other. Two kinds need no token: {@code GET /healthcheck} and
 * below, and, where an origin is configured, the preflight of a browser, which never carries one.
 */
public final class BearerTokenFilter implements AuthenticationFilter {
    private static final String SCHEME = "bearer ";
    private static final String HEALTH_CHECK = "/healthcheck";

    private final AdminToken token;
    private final boolean allowsPreflight;

    @Inject
    public BearerTokenFilter(AdminToken token, WebAdminConfiguration configuration) {
        this.token = token;
        this.allowsPreflight = configuration.isEnableCORS();
    }

    @Override
    public void handle(Request request, Response response) {
        if (isHealthCheck(request) || allowsPreflight && isPreflight(request)) {
            return;
        }
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

    /** Routes are found by the path as it was sent, so it counts as well as what is left when its dots are resolved. */
    private static boolean isHealthCheck(Request request) {
        String method = request.requestMethod();
        return (method.equals("GET") || method.equals("HEAD"))
                && isBelowHealthCheck(request.raw().getRequestURI())
                && isBelowHealthCheck(request.pathInfo());
    }

    private static boolean isBelowHealthCheck(String path) {
        return path.equals(HEALTH_CHECK) || path.startsWith(HEALTH_CHECK + "/");
    }

    private static boolean isPreflight(Request request) {
        return request.requestMethod().equals("OPTIONS")
                && request.headers("Origin") != null
                && request.headers("Access-Control-Request-Method") != null;
    }
}
