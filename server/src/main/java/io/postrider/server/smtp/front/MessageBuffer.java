package io.postrider.server.smtp.front;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message while it comes in: in memory up to a size, and as long as all of them together have some left; then in a file, which has no name any more and goes
 * with the process.
 */
final class MessageBuffer implements AutoCloseable {
    private static final byte[] NOTHING = {};
    private static final int FIRST = 8 * 1024;
    private static final int FILE_BLOCK = 16 * 1024;

    private final long inMemory;
    private final MemoryBudget budget;
    private final Path directory;
    /** Blocks that are full, before {@link #block}. */
    private final List<byte[]> full = new ArrayList<>(0);

    private byte[] block = NOTHING;
    private int used;
    /** Bytes that {@link #full} and {@link #block} hold. */
    private long inBlocks;
    /** Bytes of the budget: as far as the blocks may grow now. */
    private long taken;

    private long inFile;
    private @Nullable FileChannel file;

    /**
     * @param inMemory bytes above which it goes to a file
     * @param directory where the file is made
     */
    MessageBuffer(long inMemory, MemoryBudget budget, Path directory) {
        this.inMemory = inMemory;
        this.budget = budget;
        this.directory = directory;
    }

    void write(byte[] source, int from, int to) throws IOException {
        if (file == null && !fits(to - from)) {
            // The space is gone when the last one lets go of it.
            file = FileChannel.open(
                    directory.resolve(UUID.randomUUID() + ".message"),
                    Set.of(
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.DELETE_ON_CLOSE));
            flush();
            block = new byte[FILE_BLOCK];
            budget.giveBack(taken);
            taken = 0;
        }
        if (file != null && used + to - from > block.length) {
            flush();
            if (to - from > block.length) {
                writeToFile(ByteBuffer.wrap(source, from, to - from));
                return;
            }
        }
        put(source, from, to);
    }

    /** There is room for it. */
    private void put(byte[] source, int from, int to) {
        int first = Math.min(to - from, block.length - used);
        System.arraycopy(source, from, block, used, first);
        used += first;
        inBlocks += first;
        if (from + first < to) {
            if (used > 0) {
                full.add(block);
            }
            // Not all that is taken: that is a guess, and to clear it costs time.
            int rest = to - from - first;
            block = new byte[(int) Math.min(taken - inBlocks, Math.max(rest, Math.max(FIRST, inBlocks)))];
            used = 0;
            put(source, from + first, to);
        }
    }

    long size() {
        return inFile + inBlocks;
    }

    /** Whether so many more bytes certainly fit into memory, where each line end may be one byte longer than it came. */
    boolean staysInMemory(int more) {
        return file == null && fits(2 * more);
    }

    boolean isInFile() {
        return file != null;
    }

    /** The whole message, in an array that nobody else has. */
    byte[] toBytes() throws IOException {
        byte[] all = new byte[Math.toIntExact(size())];
        ByteBuffer target = ByteBuffer.wrap(all);
        if (file == null) {
            full.forEach(target::put);
            target.put(block, 0, used);
            return all;
        }
        flush();
        while (target.hasRemaining()) {
            if (file.read(target, target.position()) < 0) {
                throw new IOException("a message of " + inFile + " bytes ended after " + target.position());
            }
        }
        return all;
    }

    @Override
    public void close() {
        budget.giveBack(taken);
        taken = 0;
        full.clear();
        block = NOTHING;
        used = 0;
        inBlocks = 0;
        inFile = 0;
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                // It has no name, and nobody reads it.
            }
            file = null;
        }
    }

    /** Takes from the budget what is missing: blocks double, so that a message has few of them. */
    private boolean fits(int length) {
        long needed = inBlocks + length;
        if (needed <= taken) {
            return true;
        }
        if (needed > inMemory) {
            return false;
        }
        long capacity = Math.min(inMemory, Math.max(needed, Math.max(FIRST, 2 * taken)));
        if (!budget.tryTake(capacity - taken)) {
            return false;
        }
        taken = capacity;
        return true;
    }

    private void flush() throws IOException {
        for (byte[] before : full) {
            writeToFile(ByteBuffer.wrap(before));
        }
        writeToFile(ByteBuffer.wrap(block, 0, used));
        full.clear();
        used = 0;
        inBlocks = 0;
    }

    private void writeToFile(ByteBuffer bytes) throws IOException {
        FileChannel channel = file;
        if (channel == null) {
            throw new IllegalStateException("no file");
        }
        inFile += bytes.remaining();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
