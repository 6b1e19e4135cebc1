package io.postrider.server.config;

import java.util.List;

/** Settings that the server cannot start with. The message has a line for each problem: the key, what was got, what was expected. */
public final class SettingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public SettingsException(List<String> problems) {
        super(String.join(System.lineSeparator(), problems));
    }
}
