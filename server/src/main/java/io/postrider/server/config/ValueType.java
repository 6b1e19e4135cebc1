package io.postrider.server.config;

/**
 * How the text of a setting becomes a value.
 *
 * @param expected what a right value looks like, for the error that names a wrong one
 */
record ValueType<T>(String expected, Parser<T> parser) {
    /** Throws {@link IllegalArgumentException} for what is no such value. */
    @FunctionalInterface
    interface Parser<T> {
        T parse(String text);
    }
}
