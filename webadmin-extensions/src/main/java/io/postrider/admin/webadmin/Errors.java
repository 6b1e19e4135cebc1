package io.postrider.admin.webadmin;

import org.jspecify.annotations.Nullable;
import spark.HaltException;
import spark.Spark;

/**
 * Errors in the shape of James: {@code {statusCode, type, message, details}}. Bad input needs none of them: WebAdmin answers an {@link
 * IllegalArgumentException} with 400 and its message as the details.
 */
public final class Errors {
    static final String INVALID_ARGUMENT = "InvalidArgument";
    static final String NOT_FOUND = "notFound";
    static final String WRONG_STATE = "WrongState";
    static final String SERVER_ERROR = "ServerError";
    static final String UNAUTHORIZED = "Unauthorized";

    private Errors() {}

    /** 404: there is no such thing. */
    public static HaltException notFound(String what, Object name) {
        return halt(404, NOT_FOUND, "There is no " + what + " '" + name + "'");
    }

    /** 409: what is there does not allow it. */
    public static HaltException conflict(String message) {
        return halt(409, WRONG_STATE, message);
    }

    /** 410: it was there. */
    public static HaltException gone(String message) {
        return halt(410, NOT_FOUND, message);
    }

    static HaltException unauthorized(String message) {
        return halt(401, UNAUTHORIZED, message);
    }

    static HaltException tooLarge(int limit) {
        return halt(413, INVALID_ARGUMENT, "The body is larger than " + limit + " bytes");
    }

    static String body(int statusCode, String type, String message, @Nullable String details) {
        return Json.text(new Body(statusCode, type, message, details));
    }

    private static HaltException halt(int statusCode, String type, String message) {
        return Spark.halt(statusCode, body(statusCode, type, message, null));
    }

    private record Body(
            int statusCode,
            String type,
            String message,
            @Nullable String details) {}
}
