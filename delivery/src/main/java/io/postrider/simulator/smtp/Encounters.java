package io.postrider.simulator.smtp;

import io.postrider.mail.EmailAddress;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Remembers when recipients were first seen with a reverse-path; the least recently seen are forgotten first. Safe for concurrent use. */
final class Encounters {
    private static final int REMEMBERED = 100_000;
    private static final float LOAD_FACTOR = 0.75f;

    private final Map<String, Instant> seen = new LinkedHashMap<>(16, LOAD_FACTOR, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** Returns when the first time was, if this is not it. */
    synchronized Optional<Instant> meet(String reversePath, EmailAddress recipient, Instant now) {
        String key = reversePath + '\n' + recipient.toString().toLowerCase(Locale.ROOT);
        Optional<Instant> first = Optional.ofNullable(seen.get(key));
        if (first.isEmpty()) {
            seen.put(key, now);
        }
        return first;
    }
}
