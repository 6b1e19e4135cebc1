package io.postrider.trace;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Where a delivery stands. Each delivery ends in exactly one final state. */
public enum DeliveryState {
    QUEUED(false),
    SCHEDULED(false),
    HELD(false),
    DEFERRED(false),
    DELIVERED(true),
    BOUNCED(true),
    SUPPRESSED(true),
    EXPIRED(true),
    CANCELLED(true);

    private final boolean isFinal;

    DeliveryState(boolean isFinal) {
        this.isFinal = isFinal;
    }

    public boolean isFinal() {
        return isFinal;
    }

    /** Parses what {@code toString} writes. */
    public static DeliveryState parse(String text) {
        return Arrays.stream(values())
                .filter(state -> state.toString().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("state: '" + text + "' (expected one of: "
                        + Arrays.stream(values()).map(DeliveryState::toString).collect(Collectors.joining(", "))
                        + ")"));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
