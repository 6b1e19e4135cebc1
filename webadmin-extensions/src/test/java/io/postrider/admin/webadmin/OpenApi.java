package io.postrider.admin.webadmin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The OpenAPI file, and whether an answer is what it promises. Knows of JSON Schema what the file uses. */
final class OpenApi {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");

    private final JsonNode root;

    OpenApi() {
        try (InputStream file = OpenApi.class.getResourceAsStream(OpenApiRoutes.RESOURCE)) {
            root = new YAMLMapper().readTree(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    JsonNode root() {
        return root;
    }

    /** All operations, as {@code GET /tenants/{name}}. */
    Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        root.get("paths")
                .properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(method -> {
                    if (METHODS.contains(method)) {
                        operations.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
                    }
                }));
        return operations;
    }

    /** What is wrong with an answer; empty when it is as described, or its path is not. */
    List<String> complaints(String method, String path, int status, String contentType, byte[] body) {
        JsonNode operation = operation(method, path);
        if (operation == null) {
            return List.of();
        }
        JsonNode responses = operation.get("responses");
        JsonNode response = responses.get(Integer.toString(status));
        if (response == null && status >= 400) {
            response = responses.get("default");
        }
        if (response == null) {
            return List.of("status " + status + " is not described");
        }
        JsonNode content = resolved(response).get("content");
        if (content == null) {
            return body.length == 0 ? List.of() : List.of("no body is described");
        }
        String type = contentType.replaceAll(";.*", "");
        if (content.get(type) == null) {
            return List.of("content type " + type + " is not described");
        }
        List<String> complaints = new ArrayList<>();
        if (type.equals("application/json")) {
            check(content.get(type).get("schema"), json(body), "", complaints);
        }
        return complaints;
    }

    /** The node that a reference leads to, or the node itself. */
    JsonNode resolved(JsonNode node) {
        if (!node.has("$ref")) {
            return node;
        }
        JsonNode target = root.at(node.get("$ref").asText().substring(1));
        if (target.isMissingNode()) {
            throw new IllegalStateException(node.get("$ref") + " leads nowhere");
        }
        return target;
    }

    private JsonNode operation(String method, String path) {
        for (var entry : root.get("paths").properties()) {
            String pattern = Pattern.quote(entry.getKey()).replaceAll("\\{[a-z]+}", "\\\\E[^/]+\\\\Q");
            if (path.matches(pattern)) {
                return entry.getValue().get(method.toLowerCase(Locale.ROOT));
            }
        }
        return null;
    }

    private void check(JsonNode reference, JsonNode value, String at, List<String> complaints) {
        JsonNode schema = resolved(reference);
        if (value.isNull() && schema.path("nullable").asBoolean()) {
            return;
        }
        if (schema.has("allOf")) {
            schema.get("allOf").forEach(part -> check(part, value, at, complaints));
            return;
        }
        if (value.isNull()) {
            if (!schema.path("nullable").asBoolean()) {
                complaints.add(at + " is null");
            }
            return;
        }
        if (schema.has("type") && !isOf(schema.get("type").asText(), value)) {
            complaints.add(at + " is " + value.getNodeType() + ", not "
                    + schema.get("type").asText());
            return;
        }
        if (schema.has("enum")) {
            List<String> known = new ArrayList<>();
            schema.get("enum").forEach(each -> known.add(each.asText()));
            if (!known.contains(value.asText())) {
                complaints.add(at + " is " + value + ", none of " + known);
            }
        }
        if (schema.has("pattern")
                && !Pattern.compile(schema.get("pattern").asText())
                        .matcher(value.asText())
                        .find()) {
            complaints.add(at + " is " + value + ", not " + schema.get("pattern"));
        }
        if ("date-time".equals(schema.path("format").asText())
                && !value.asText().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z")) {
            complaints.add(at + " is " + value + ", no time in UTC with milliseconds");
        }
        if (value.isArray() && schema.has("items")) {
            for (int i = 0; i < value.size(); i++) {
                check(schema.get("items"), value.get(i), at + "/" + i, complaints);
            }
        }
        if (value.isObject() && schema.has("properties")) {
            checkObject(schema, value, at, complaints);
        }
    }

    private void checkObject(JsonNode schema, JsonNode value, String at, List<String> complaints) {
        schema.path("required").forEach(name -> {
            if (!value.has(name.asText())) {
                complaints.add(at + "/" + name.asText() + " is missing");
            }
        });
        value.properties().forEach(property -> {
            JsonNode described = schema.get("properties").get(property.getKey());
            if (described != null) {
                check(described, property.getValue(), at + "/" + property.getKey(), complaints);
            } else if (schema.has("required")) {
                complaints.add(at + "/" + property.getKey() + " is not described");
            }
        });
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            default -> throw new IllegalStateException("type " + type);
        };
    }

    private static JsonNode json(byte[] body) {
        try {
            return new com.fasterxml.jackson.databind.ObjectMapper().readTree(body);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
