package io.postrider.server.config;

import java.util.Locale;

/**
 * A setting.
 *
 * @param name as it stands in its file, such as {@code submission.maxMessageSize}
 * @param file the one file that may hold it
 * @param defaultText its value when it stands nowhere, as it would be written; empty for none
 * @param secret whether a variable with {@code _FILE} at its end may name a file that holds the value
 */
record Key<T>(String name, String file, String defaultText, ValueType<T> type, boolean secret) {
    static final String VARIABLE_PREFIX = "POSTRIDER_";

    /** The variable that overrides it: {@code POSTRIDER_SUBMISSION_MAX_MESSAGE_SIZE}. */
    String variable() {
        return VARIABLE_PREFIX
                + name.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                        .replace('.', '_')
                        .toUpperCase(Locale.ROOT);
    }

    String fileVariable() {
        return variable() + "_FILE";
    }
}
