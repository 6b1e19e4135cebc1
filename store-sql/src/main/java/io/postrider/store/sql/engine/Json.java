package io.postrider.store.sql.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** Columns that hold JSON. */
public final class Json {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final TypeReference<List<String>> STRINGS = new TypeReference<>() {};
    private static final TypeReference<Map<String, String>> STRING_MAP = new TypeReference<>() {};

    private Json() {}

    public static String of(List<String> values) {
        StringBuilder json = new StringBuilder("[");
        for (String value : values) {
            json.append(json.length() > 1 ? ",\"" : "\"");
            JsonStringEncoder.getInstance().quoteAsString(value, json);
            json.append('"');
        }
        return json.append(']').toString();
    }

    public static String of(Map<String, String> values) {
        return write(values);
    }

    /** Throws {@link SQLException} when it is no array of strings: then the store is damaged. */
    public static List<String> strings(String json) throws SQLException {
        return read(json, STRINGS);
    }

    /** Throws {@link SQLException} when it is no object of strings: then the store is damaged. */
    public static Map<String, String> stringMap(String json) throws SQLException {
        return read(json, STRING_MAP);
    }

    private static String write(Object values) {
        try {
            return MAPPER.writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("value: not to be written as JSON", e);
        }
    }

    private static <T> T read(String json, TypeReference<T> type) throws SQLException {
        try {
            return MAPPER.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new SQLException("a column holds no valid JSON", e);
        }
    }
}
