package io.postrider.server.smtp.front;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether this node can take more mail now. The disk is looked at once a second at most. */
public final class Capacity {
    private static final Logger LOGGER = LoggerFactory.getLogger(Capacity.class);
    private static final long EACH = 1_000_000_000L;

    private final BooleanSupplier behind;
    private final DiskSpace disk;
    private final long minFreeDisk;
    private final LongSupplier nanoTime;
    private long lookedAt;
    private long free = Long.MAX_VALUE;
    private boolean looked;

    /** How many bytes are free. */
    @FunctionalInterface
    interface DiskSpace {
        long free() throws IOException;
    }

    /**
     * @param behind whether what was accepted is not written down fast enough
     * @param directories that are written to; each may be a disk of its own
     */
    public Capacity(BooleanSupplier behind, List<Path> directories, long minFreeDisk) {
        this(behind, () -> leastSpaceOf(directories), minFreeDisk, System::nanoTime);
    }

    Capacity(BooleanSupplier behind, DiskSpace disk, long minFreeDisk, LongSupplier nanoTime) {
        this.behind = behind;
        this.disk = disk;
        this.minFreeDisk = minFreeDisk;
        this.nanoTime = nanoTime;
    }

    private static long leastSpaceOf(List<Path> directories) throws IOException {
        long least = Long.MAX_VALUE;
        for (Path directory : directories) {
            least = Math.min(least, Files.getFileStore(directory).getUsableSpace());
        }
        return least;
    }

    /** Why no mail is taken now, as the text of a 452; empty when it is. */
    public Optional<String> shortage() {
        if (behind.getAsBoolean()) {
            return Optional.of("4.3.1 The message log is behind with its writing; try again in a minute");
        }
        return isDiskFull()
                ? Optional.of("4.3.1 The disk is nearly full; try again later (store.minFreeDisk)")
                : Optional.empty();
    }

    private synchronized boolean isDiskFull() {
        long now = nanoTime.getAsLong();
        if (!looked || now - lookedAt >= EACH) {
            looked = true;
            lookedAt = now;
            try {
                free = disk.free();
            } catch (IOException e) {
                LOGGER.warn("the free space of the disk cannot be read: {}", e.getMessage());
            }
        }
        return free < minFreeDisk;
    }
}
