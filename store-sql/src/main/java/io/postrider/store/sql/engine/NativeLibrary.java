package io.postrider.store.sql.engine;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the driver unpacks its native library, once for each process. A process that is killed leaves it behind, a megabyte at a time, so it gets a folder of ours
 * that is swept first. The system's temporary folder may also forbid execution.
 */
final class NativeLibrary {
    private static final String PROPERTY = "org.sqlite.tmpdir";
    private static final String FILES_OF_THE_DRIVER = "sqlite-*";

    private NativeLibrary() {}

    /** Does nothing when a folder was chosen already: by an earlier call, whose library is loaded by now, or by the operator. */
    static synchronized void unpackInto(Path folder) throws IOException {
        if (System.getProperty(PROPERTY) != null) {
            return;
        }
        Files.createDirectories(folder);
        sweep(folder);
        System.setProperty(PROPERTY, folder.toString());
    }

    static void sweep(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, FILES_OF_THE_DRIVER)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
        }
    }
}
