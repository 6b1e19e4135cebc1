package io.postrider.tenant;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Which reports (DSN, RFC 3464) a tenant wants for mail whose submitter says nothing about it by NOTIFY. The trace and the events tell it in any case. */
public enum BounceReports {
    NONE("none"),
    FAILURE("failure"),
    FAILURE_AND_DELAY("failureAndDelay");

    private final String text;

    BounceReports(String text) {
        this.text = text;
    }

    /** Parses what {@code toString} writes. */
    public static BounceReports parse(String text) {
        return Arrays.stream(values())
                .filter(value -> value.text.equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("bounceReports: '" + text + "' (expected: "
                        + Arrays.stream(values()).map(BounceReports::toString).collect(Collectors.joining(", "))
                        + ")"));
    }

    @Override
    public String toString() {
        return text;
    }
}
