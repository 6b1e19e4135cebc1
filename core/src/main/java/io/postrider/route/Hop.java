package io.postrider.route;

/** One place that mail can be handed to: {@code simulator}, {@code relay:NAME}, {@code direct} or {@code direct:POOL}. */
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

    /** The mail servers of the recipient's domain, from the sources of an {@link EgressPool}. */
    record Direct(String pool) implements Hop {
        @Override
        public String toString() {
            return pool.equals(EgressPool.DEFAULT) ? "direct" : "direct:" + pool;
        }
    }

    /** What {@link #parse} takes, in words. */
    String SYNTAX = "simulator, relay:NAME, direct or direct:POOL";

    /** Parses what {@code toString} writes. */
    static Hop parse(String text) {
        if (text.equals("simulator")) {
            return new Simulator();
        }
        if (text.startsWith("relay:") && text.length() > "relay:".length()) {
            return new ViaRelay(text.substring("relay:".length()));
        }
        if (text.equals("direct")) {
            return new Direct(EgressPool.DEFAULT);
        }
        if (text.startsWith("direct:") && text.length() > "direct:".length()) {
            return new Direct(text.substring("direct:".length()));
        }
        throw new IllegalArgumentException("via: '" + text + "' (expected: " + SYNTAX + ")");
    }
}
