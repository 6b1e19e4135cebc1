package io.postrider.server.smtp.front;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message while it comes in: in memory up to a size, and as long as all of them together have some left; then in a file, which has no name any more and goes
 * with the process.
 */
final class MessageBuffer implements AutoCloseable {
    private static final int FIRST = 8 * 1024;
    private static final int FILE_BLOCK = 16 * 1024;

    private final long inMemory;
    private final MemoryBudget budget;
    private final Path directory;
    private byte[] bytes = new byte[0];
    private int used;
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
        int length = to - from;
        if (file == null && !fits(length)) {
            // The space is gone when the last one lets go of it.
            file = FileChannel.open(
                    directory.resolve(UUID.randomUUID() + ".message"),
                    Set.of(
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.DELETE_ON_CLOSE));
            flush();
            bytes = new byte[FILE_BLOCK];
            budget.giveBack(taken);
            taken = 0;
        }
        if (file != null && used + length > bytes.length) {
            flush();
            if (length > bytes.length) {
                writeToFile(ByteBuffer.wrap(source, from, length));
                return;
            }
        }
        System.arraycopy(source, from, bytes, used, length);
        used += length;
    }

    long size() {
        return inFile + used;
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
        if (file == null) {
            return Arrays.copyOf(bytes, used);
        }
        flush();
        byte[] all = new byte[Math.toIntExact(inFile)];
        ByteBuffer target = ByteBuffer.wrap(all);
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
        bytes = new byte[0];
        used = 0;
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

    private boolean fits(int length) {
        long needed = (long) used + length;
        if (needed <= bytes.length) {
            return true;
        }
        if (needed > inMemory) {
            return false;
        }
        int capacity = (int) Math.min(inMemory, Math.max(needed, Math.max(FIRST, 2L * bytes.length)));
        if (!budget.tryTake(capacity - taken)) {
            return false;
        }
        taken = capacity;
        bytes = Arrays.copyOf(bytes, capacity);
        return true;
    }

    private void flush() throws IOException {
        writeToFile(ByteBuffer.wrap(bytes, 0, used));
        used = 0;
    }

    private void writeToFile(ByteBuffer block) throws IOException {
        FileChannel channel = file;
        if (channel == null) {
            throw new IllegalStateException("no file");
        }
        inFile += block.remaining();
        while (block.hasRemaining()) {
            channel.write(block);
        }
    }
}
