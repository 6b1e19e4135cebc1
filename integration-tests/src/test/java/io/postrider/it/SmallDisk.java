package io.postrider.it;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A file system in memory over one folder, for those processes that are started by {@link #command}: they share a mount namespace of their own. Needs Linux with {@code
 * unshare} and {@code nsenter}, and root or user namespaces.
 */
final class SmallDisk implements AutoCloseable {
    private static final String READY = "ready";
    private static final int BLOCK = 4096;

    private final Process holder;
    private final Path folder;

    private SmallDisk(Process holder, Path folder) {
        this.holder = holder;
        this.folder = folder;
    }

    /** Empty when this machine does not allow it. */
    static Optional<SmallDisk> over(Path folder, String size) {
        String script = "mount -t tmpfs -o size=" + size + " tmpfs \"$0\" && echo " + READY + " && exec cat";
        try {
            Files.createDirectories(folder);
            Process holder = new ProcessBuilder("unshare", "-rm", "sh", "-c", script, folder.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            byte[] answer = holder.getInputStream().readNBytes(READY.length());
            if (new String(answer, StandardCharsets.US_ASCII).equals(READY)) {
                return Optional.of(new SmallDisk(holder, folder));
            }
            holder.destroyForcibly();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** What to put before a command so that it sees this disk. */
    List<String> command() {
        return List.of("nsenter", "--preserve-credentials", "-U", "-m", "-t", Long.toString(holder.pid()));
    }

    /** The folder as those processes see it. */
    private Path inside(String file) {
        return Path.of("/proc", Long.toString(holder.pid()), "root")
                .resolve(folder.toString().substring(1))
                .resolve(file);
    }

    /** Leaves no byte free; what others free meanwhile is taken too, when it is called again. */
    void fill() {
        try (OutputStream ballast =
                Files.newOutputStream(inside("ballast"), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (true) {
                ballast.write(new byte[BLOCK]);
            }
        } catch (IOException e) {
            // That was the last one.
        }
    }

    void makeRoom() {
        try {
            Files.delete(inside("ballast"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        holder.destroyForcibly();
        try {
            if (!holder.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("process " + holder.pid() + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
