package io.postrider.simulator.smtp;

import io.postrider.mail.EmailAddress;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Remembers which recipients a reverse-path was seen with; the least recently seen are forgotten first. Safe for concurrent use. */
final class Encounters {
    private static final int REMEMBERED = 100_000;
    private static final float LOAD_FACTOR = 0.75f;

    private final Map<String, Boolean> seen = new LinkedHashMap<>(16, LOAD_FACTOR, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** Returns whether this is not the first time. */
    synchronized boolean meet(String reversePath, EmailAddress recipient) {
        return seen.put(reversePath + '\n' + recipient.toString().toLowerCase(Locale.ROOT), true) != null;
    }
}
