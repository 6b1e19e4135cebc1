package io.postrider.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** The directory that holds all of one node: configuration, secrets, keys, queue, database, logs. Locked by the process that runs on it. */
public final class Home implements AutoCloseable {
    private final Path directory;
    private final FileChannel lockFile;
    private final FileLock lock;

    private Home(Path directory, FileChannel lockFile, FileLock lock) {
        this.directory = directory;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /** Another process runs on the home. */
    public static final class InUseException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        InUseException(Path directory, String holder) {
            super("process " + holder + " already runs on " + directory);
        }
    }

    /** Makes the directories that are missing, and locks the home. */
    public static Home open(Path directory) {
        try {
            Path absolute = directory.toAbsolutePath().normalize();
            for (String child : new String[] {"conf", "secrets", "keys", "queue", "db", "logs", "run", "var"}) {
                Files.createDirectories(absolute.resolve(child));
            }
            // The number of the process stands in the file, and the lock goes when the process does.
            FileChannel lockFile = FileChannel.open(
                    absolute.resolve("run").resolve("lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            Optional<FileLock> lock = tryLock(lockFile);
            if (lock.isEmpty()) {
                String holder = read(lockFile);
                lockFile.close();
                throw new InUseException(absolute, holder);
            }
            lockFile.truncate(0);
            lockFile.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
            lockFile.force(false);
            return new Home(absolute, lockFile, lock.get());
        } catch (IOException e) {
            throw new UncheckedIOException("the home " + directory + " cannot be used", e);
        }
    }

    private static Optional<FileLock> tryLock(FileChannel file) throws IOException {
        try {
            return Optional.ofNullable(file.tryLock());
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        }
    }

    private static String read(FileChannel file) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(32);
        file.read(content, 0);
        String pid = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII);
        return pid.isBlank() ? "(unknown)" : pid;
    }

    public Path directory() {
        return directory;
    }

    public Path conf() {
        return directory.resolve("conf");
    }

    public Path secrets() {
        return directory.resolve("secrets");
    }

    public Path keys() {
        return directory.resolve("keys");
    }

    public Path queue() {
        return directory.resolve("queue");
    }

    public Path database() {
        return directory.resolve("db").resolve("postrider.db");
    }

    /** Where native code may be put to load it. */
    public Path nativeLibraries() {
        return directory.resolve("run");
    }

    /** Copies the configuration files that are not there. */
    public void addMissingConfiguration() {
        for (String name : EmbeddedConfiguration.FILES) {
            Path file = conf().resolve(name);
            if (!Files.exists(file)) {
                EmbeddedConfiguration.copy(name, file);
            }
        }
    }

    @Override
    public void close() {
        try {
            lock.release();
            lockFile.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the lock of " + directory + " cannot be released", e);
        }
    }
}
