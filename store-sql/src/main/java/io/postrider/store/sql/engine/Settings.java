package io.postrider.store.sql.engine;

import java.time.Duration;

/**
 * The limits of the store.
 *
 * @param readers connections that read at a time, 1 to 64
 * @param timeout how long a call waits for a connection or a lock before the store counts as unavailable, 1 ms to 1 h
 * @param writerCacheKib page cache of the connection that writes, in KiB, 1024 or more
 */
public record Settings(int readers, Duration timeout, int writerCacheKib) {
    public static final Settings DEFAULT = new Settings(4, Duration.ofSeconds(10), 16 * 1024);

    public Settings {
        if (readers < 1 || readers > 64) {
            throw new IllegalArgumentException("readers: " + readers + " (expected: 1 to 64)");
        }
        if (timeout.toMillis() < 1 || timeout.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException("timeout: " + timeout + " (expected: 1 ms to 1 h)");
        }
        if (writerCacheKib < 1024) {
            throw new IllegalArgumentException("writerCacheKib: " + writerCacheKib + " (expected: 1024 or more)");
        }
    }
}
