package io.postrider.server.config;

import com.google.common.base.Strings;
import io.postrider.security.file.SecretFiles;
import java.io.UncheckedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of each setting out of its file or the environment, parsed. Problems are collected, so that one start shows them all. */
final class Values {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]*)}");
    private static final String ENVIRONMENT = "env:";

    private final Map<String, String> fromFiles;
    private final Map<String, String> environment;
    private final List<String> problems;

    Values(Map<String, String> fromFiles, Map<String, String> environment, List<String> problems) {
        this.fromFiles = fromFiles;
        this.environment = environment;
        this.problems = problems;
    }

    /** The value, or the default when the text is wrong; then there is a problem more. */
    <T> T get(Key<T> key) {
        try {
            Origin origin = find(key);
            return parse(key, origin);
        } catch (IllegalArgumentException e) {
            problems.add(e.getMessage());
            return key.type().parser().parse(key.defaultText());
        }
    }

    private record Origin(String name, String text) {}

    private Origin find(Key<?> key) {
        String variable = variable(key.variable());
        String fileVariable = key.secret() ? variable(key.fileVariable()) : "";
        if (!variable.isEmpty() && !fileVariable.isEmpty()) {
            throw new IllegalArgumentException(
                    key.variable() + " and " + key.fileVariable() + ": both are set (expected: one of them)");
        }
        if (!variable.isEmpty()) {
            return new Origin(key.variable(), variable);
        }
        if (!fileVariable.isEmpty()) {
            return new Origin(key.fileVariable(), contentOf(key, fileVariable));
        }
        String text = fromFiles.get(key.name());
        return text == null
                ? new Origin(key.name(), key.defaultText())
                : new Origin(key.name() + " in " + key.file(), resolve(key, text));
    }

    private static String contentOf(Key<?> key, String file) {
        try {
            return SecretFiles.read(Path.of(file));
        } catch (UncheckedIOException | InvalidPathException e) {
            throw new IllegalArgumentException(
                    key.fileVariable() + ": cannot read '" + file + "' (expected: a file that holds the value)", e);
        }
    }

    private String resolve(Key<?> key, String text) {
        Matcher matcher = REFERENCE.matcher(text);
        return matcher.replaceAll(match -> Matcher.quoteReplacement(lookUp(key, match.group(1))));
    }

    private String lookUp(Key<?> key, String reference) {
        if (!reference.startsWith(ENVIRONMENT)) {
            throw new IllegalArgumentException(
                    key.name() + " in " + key.file() + ": ${" + reference + "} (expected: ${env:NAME})");
        }
        String name = reference.substring(ENVIRONMENT.length());
        String value = environment.get(name);
        if (value == null) {
            throw new IllegalArgumentException(
                    key.name() + " in " + key.file() + ": the environment variable " + name + " is not set");
        }
        return value;
    }

    /** A variable that is set to nothing counts as not set, as compose files make those. */
    private String variable(String name) {
        return Strings.nullToEmpty(environment.get(name)).strip();
    }

    private static <T> T parse(Key<T> key, Origin origin) {
        try {
            return key.type().parser().parse(origin.text());
        } catch (IllegalArgumentException | ArithmeticException e) {
            String got = key.secret() ? "(a secret that is not shown)" : "'" + origin.text() + "'";
            String detail = e.getMessage() != null && e.getMessage().contains("(expected: ")
                    ? e.getMessage()
                    : got + " (expected: " + key.type().expected() + ")";
            throw new IllegalArgumentException(origin.name() + ": " + detail, e);
        }
    }
}
