package io.postrider.delivery;

import java.util.Map;

/**
 * Which mail is tried again when: a password is wanted now or never, a newsletter is still news the day after tomorrow.
 *
 * @param standard of streams that have none of their own
 */
public record RetrySchedules(RetrySchedule standard, Map<String, RetrySchedule> byStream) {
    public RetrySchedules {
        byStream = Map.copyOf(byStream);
    }

    /** The schedule of a stream. */
    public RetrySchedule of(String stream) {
        return byStream.getOrDefault(stream, standard);
    }
}
