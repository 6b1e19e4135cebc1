package io.postrider.server.smtp.front;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether this node can take more mail now. Who asks does not wait for the disk: {@link #look} is for a thread of its own. */
public final class Capacity {
    private static final Logger LOGGER = LoggerFactory.getLogger(Capacity.class);

    private final BooleanSupplier behind;
    private final DiskSpace disk;
    private final long minFreeDisk;
    private volatile long free = Long.MAX_VALUE;

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
        this(behind, () -> leastSpaceOf(directories), minFreeDisk);
    }

    Capacity(BooleanSupplier behind, DiskSpace disk, long minFreeDisk) {
        this.behind = behind;
        this.disk = disk;
        this.minFreeDisk = minFreeDisk;
    }

    private static long leastSpaceOf(List<Path> directories) throws IOException {
        long least = Long.MAX_VALUE;
        for (Path directory : directories) {
            least = Math.min(least, Files.getFileStore(directory).getUsableSpace());
        }
        return least;
    }

    /** Looks how much room the disk has. To be called about once a second; it takes as long as the disk does. */
    public void look() {
        try {
            free = disk.free();
        } catch (IOException e) {
            LOGGER.warn("the free space of the disk cannot be read: {}", e.getMessage());
        }
    }

    /** Why no mail is taken now, as the text of a 452; empty when it is. */
    public Optional<String> shortage() {
        if (behind.getAsBoolean()) {
            return Optional.of("4.3.1 The message log is behind with its writing; try again in a minute");
        }
        return free < minFreeDisk
                ? Optional.of("4.3.1 The disk is nearly full; try again later (store.minFreeDisk)")
                : Optional.empty();
    }
}
