package io.postrider.store.sql.engine;

import java.time.Duration;

/**
 * The limits of the store.
 *
 * @param readers connections that read at a time, 1 to 64
 * @param timeout how long a call waits for a connection or a lock before the store counts as unavailable, 1 ms to 1 h
 * @param writerCacheKib page cache of the connection that writes, in KiB, 1024 or more
 * @param checkpointPages how large the write-ahead log grows, in pages of 4 KiB, before its pages are copied into the database, 100 or more. The more, the fewer
 *     syncs, and the oftener a page is written twice to the log and copied once
 */
public record Settings(int readers, Duration timeout, int writerCacheKib, int checkpointPages) {
    public static final Settings DEFAULT = new Settings(4, Duration.ofSeconds(10), 16 * 1024, 4000);

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
        if (checkpointPages < 100) {
            throw new IllegalArgumentException("checkpointPages: " + checkpointPages + " (expected: 100 or more)");
        }
    }
}
