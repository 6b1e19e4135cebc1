package io.postrider.trace;

import java.util.Locale;

/** The closed vocabulary of events. On the wire: lower case with underscores. */
public enum EventType {
    ACCEPTED,
    REJECTED,
    RENDERING_FAILED,
    SCHEDULED,
    CANCELLED,
    SUPPRESSED,
    QUEUED,
    HELD,
    DEFERRED,
    DELIVERED,
    BOUNCED,
    EXPIRED,
    COMPLAINED,
    OPENED,
    CLICKED,
    UNSUBSCRIBED,
    RESUBSCRIBED;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
