package io.postrider.admin.webadmin;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.store.StoreUnavailableException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.james.webadmin.PublicRoutes;
import org.apache.james.webadmin.WebAdminConfiguration;
import org.eclipse.jetty.http.BadMessageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import spark.Request;
import spark.Response;
import spark.Service;
import spark.routematch.RouteMatch;
import spark.utils.SparkUtils;

/**
 * Stands before every path of the admin server, those of James and unknown ones included. James asks for authentication below the base paths of its
 * private routes only, and allows every origin; here each request but {@code GET /healthcheck} and below needs the token, and no CORS header leaves
 * unless {@code cors.enable} and {@code cors.origin} of {@code webadmin.properties} say so.
 *
 * <p>Spark runs a filter only where the Accept type that the filter was made for would do, and the client decides that: an Accept header that names one
 * type and gives all others a quality of 0 goes around all filters of James. So this one is there for each Accept type of the routes; it is public
 * because those are defined last, when the types of the private ones are known.
 *
 * <p>It also answers what no route answers: a store or a queue that is not available is 503, anything unexpected 500 without a word about the inside.
 */
public final class AdminGuard implements PublicRoutes {
    /** How long a client is asked to wait when a store does not answer. */
    public static final int RETRY_AFTER_SECONDS = 5;

    private static final Logger LOGGER = LoggerFactory.getLogger(AdminGuard.class);
    private static final List<String> ACCEPT_TYPES = List.of("*/*", "application/json", "message/rfc822", "text/plain");
    private static final List<String> CORS_HEADERS_OF_JAMES = List.of(
            "Access-Control-Allow-Origin",
            "Access-Control-Request-Method",
            "Access-Control-Allow-Headers",
            "Access-Control-Allow-Methods");

    private final BearerTokenFilter tokenFilter;
    private final Optional<String> corsOrigin;

    @Inject
    public AdminGuard(BearerTokenFilter tokenFilter, WebAdminConfiguration configuration) {
        this.tokenFilter = tokenFilter;
        this.corsOrigin =
                configuration.isEnableCORS() ? Optional.of(configuration.getUrlCORSOrigin()) : Optional.empty();
    }

    @Override
    public String getBasePath() {
        return "/";
    }

    @Override
    public void define(Service service) {
        Stream.concat(ACCEPT_TYPES.stream(), service.routes().stream().map(RouteMatch::getAcceptType))
                .distinct()
                .forEach(type -> service.before(SparkUtils.ALL_PATHS, type, this::guard));
        service.afterAfter((request, response) -> setCorsHeaders(response));
        service.exception(
                StoreUnavailableException.class, (e, request, response) -> unavailable("store", e, request, response));
        service.exception(
                QueueUnavailableException.class, (e, request, response) -> unavailable("queue", e, request, response));
        service.exception(BadMessageException.class, AdminGuard::badMessage);
        service.exception(Exception.class, AdminGuard::unexpected);
    }

    private void guard(Request request, Response response) {
        setCorsHeaders(response); // now too, as a route may write its answer itself
        response.raw().setHeader("Cache-Control", "no-store");
        response.raw().setHeader("X-Content-Type-Options", "nosniff");
        tokenFilter.handle(request, response);
        if (request.raw().getContentLengthLong() > Json.MAX_BODY_BYTES) {
            Json.discardBody(request);
            throw Errors.tooLarge(Json.MAX_BODY_BYTES);
        }
        QueryCheck.check(request);
    }

    private void setCorsHeaders(Response response) {
        CORS_HEADERS_OF_JAMES.forEach(name -> response.raw().setHeader(name, null));
        corsOrigin.ifPresent(origin -> {
            response.raw().setHeader("Access-Control-Allow-Origin", origin);
            response.raw().setHeader("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
            response.raw().setHeader("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept");
        });
    }

    private static void unavailable(String part, Exception e, Request request, Response response) {
        LOGGER.warn(
                "{} {}: the {} does not answer",
                request.requestMethod(),
                request.raw().getRequestURI(),
                part,
                e);
        response.header("Retry-After", Integer.toString(RETRY_AFTER_SECONDS));
        answer(response, 503, Errors.SERVER_ERROR, "The " + part + " does not answer");
    }

    private static void badMessage(BadMessageException e, Request request, Response response) {
        answer(response, e.getCode(), Errors.INVALID_ARGUMENT, "The request is malformed");
    }

    private static void unexpected(Exception e, Request request, Response response) {
        LOGGER.error("{} {} failed", request.requestMethod(), request.raw().getRequestURI(), e);
        answer(response, 500, Errors.SERVER_ERROR, "An unexpected error; the log has more");
    }

    private static void answer(Response response, int status, String type, String message) {
        response.status(status);
        response.type("application/json");
        response.body(Errors.body(status, type, message, null));
    }
}
