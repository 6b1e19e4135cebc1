package io.postrider.route;

/** One place that mail can be handed to: {@code simulator} or {@code relay:NAME}. */
public sealed interface Hop {
    /** The built-in sink on loopback. */
    record Simulator() implements Hop {
        @Override
        public String toString() {
            return "simulator";
        }
    }

    /** A smart host, by the name of its {@link Relay}. */
    record ViaRelay(String name) implements Hop {
        @Override
        public String toString() {
            return "relay:" + name;
        }
    }

    /** Parses what {@code toString} writes. */
    static Hop parse(String text) {
        if (text.equals("simulator")) {
            return new Simulator();
        }
        if (text.startsWith("relay:") && text.length() > "relay:".length()) {
            return new ViaRelay(text.substring("relay:".length()));
        }
        throw new IllegalArgumentException("via: '" + text + "' (expected: simulator or relay:NAME)");
    }
}
