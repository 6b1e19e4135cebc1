package io.postrider.server.config;

/** A value that no log may show. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "(secret)";
    }
}
