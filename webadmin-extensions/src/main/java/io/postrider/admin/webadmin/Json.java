package io.postrider.admin.webadmin;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import spark.Request;
import spark.Route;

/**
 * JSON as the admin API speaks it: lowerCamelCase, times in ISO-8601 UTC with milliseconds, {@code null} for what is absent. Reading is strict: a
 * property that is not known, a value of another type and a body of more than {@link #MAX_BODY_BYTES} are errors.
 */
public final class Json {
    private static final Logger LOGGER = LoggerFactory.getLogger(Json.class);
    /** The largest body that is read: 1 MiB. */
    public static final int MAX_BODY_BYTES = 1024 * 1024;

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final ObjectMapper MAPPER = mapper();

    private Json() {}

    /**
     * A route that answers with what the given one returns. It writes bytes: James logs an answer that is a string, and some hold a secret that is
     * shown once.
     */
    public static Route answer(Route route) {
        return (request, response) -> MAPPER.writeValueAsBytes(route.handle(request, response));
    }

    static String text(Object view) {
        try {
            return MAPPER.writeValueAsString(view);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot write " + view.getClass().getSimpleName(), e);
        }
    }

    /** Reads the body of a request; throws {@link IllegalArgumentException} that says what was wrong with it, without repeating values. */
    public static <T> T read(Request request, Class<T> type) {
        byte[] body = bytesOf(request);
        if (body.length == 0) {
            throw new IllegalArgumentException("body: empty (expected: a JSON object)");
        }
        try {
            T value = MAPPER.readValue(body, type);
            if (value == null) {
                throw new IllegalArgumentException("body: null (expected: a JSON object)");
            }
            return value;
        } catch (UnrecognizedPropertyException e) {
            throw new IllegalArgumentException(
                    pathOf(e) + ": unknown property (expected one of: " + known(e.getKnownPropertyIds()) + ")");
        } catch (MismatchedInputException e) {
            throw new IllegalArgumentException(
                    pathOf(e) + ": wrong type (expected: " + nameOf(e.getTargetType()) + ")");
        } catch (JsonMappingException e) {
            throw new IllegalArgumentException(pathOf(e) + ": " + causeOf(e));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("body: not JSON, " + at(e.getLocation()) + " (expected: a JSON object)");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As {@link #read}, of a request that may go without a body. */
    public static <T> Optional<T> readOptional(Request request, Class<T> type) {
        return bytesOf(request).length == 0 ? Optional.empty() : Optional.of(read(request, type));
    }

    /** Checks that a request which takes no properties brings none: no body, or an empty object. */
    public static void readNothing(Request request) {
        if (bytesOf(request).length > 0) {
            read(request, Nothing.class);
        }
    }

    private record Nothing() {}

    private static byte[] bytesOf(Request request) {
        byte[] known = request.attribute(Json.class.getName());
        if (known != null) {
            return known;
        }
        try {
            byte[] body = request.raw().getInputStream().readNBytes(MAX_BODY_BYTES + 1);
            if (body.length > MAX_BODY_BYTES) {
                discardBody(request);
                throw Errors.tooLarge(MAX_BODY_BYTES);
            }
            request.attribute(Json.class.getName(), body);
            return body;
        } catch (IOException e) {
            throw new UncheckedIOException("the body could not be read", e);
        }
    }

    /** Reads on for a while, as a client that is still writing would meet a closed connection and not the answer. */
    static void discardBody(Request request) {
        try {
            request.raw().getInputStream().readNBytes(MAX_BODY_BYTES);
        } catch (IOException e) {
            LOGGER.debug("a client has gone while its body was discarded", e);
        }
    }

    private static String pathOf(JsonMappingException e) {
        String path = e.getPath().stream()
                .map(reference -> reference.getFieldName() == null
                        ? "[" + reference.getIndex() + "]"
                        : "." + reference.getFieldName())
                .collect(Collectors.joining());
        return path.isEmpty() ? "body" : path.startsWith(".") ? path.substring(1) : path;
    }

    private static String known(Collection<Object> properties) {
        return properties.isEmpty()
                ? "none"
                : properties.stream().map(Object::toString).sorted().collect(Collectors.joining(", "));
    }

    private static String nameOf(Class<?> type) {
        if (type == String.class) {
            return "a string";
        }
        if (type == Integer.class || type == int.class) {
            return "an integer";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        return type != null && Collection.class.isAssignableFrom(type) ? "an array" : "an object";
    }

    private static String causeOf(JsonMappingException e) {
        return e.getCause() instanceof IllegalArgumentException cause ? cause.getMessage() : "not what was expected";
    }

    private static String at(JsonLocation location) {
        return "line " + location.getLineNr() + " column " + location.getColumnNr();
    }

    private static ObjectMapper mapper() {
        JsonMapper.Builder builder = JsonMapper.builder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .configure(JsonParser.Feature.AUTO_CLOSE_SOURCE, true)
                .addModule(new Jdk8Module())
                .addModule(new SimpleModule().addSerializer(new TimeSerializer()));
        builder.withCoercionConfig(LogicalType.Textual, config -> {
            config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
            config.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
            config.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
        });
        return builder.build();
    }

    private static final class TimeSerializer extends StdSerializer<Instant> {
        private static final long serialVersionUID = 1L;

        TimeSerializer() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant time, JsonGenerator json, SerializerProvider provider) throws IOException {
            json.writeString(TIME.format(time));
        }
    }
}
