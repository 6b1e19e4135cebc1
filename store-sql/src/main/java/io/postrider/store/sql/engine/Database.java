package io.postrider.store.sql.engine;

import io.postrider.store.StoreUnavailableException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * A SQLite database: one connection that writes, behind a lock, and some that read. It is in WAL mode with {@code synchronous=FULL}: a commit is on disk when it
 * returns, and readers neither wait for the writer nor hold it up. Safe for concurrent use.
 *
 * <p>What SQLite refuses because of the data is an {@link IllegalArgumentException}; every other failure is a {@link StoreUnavailableException}, also after
 * {@link #close}. A connection that something failed on is closed, which rolls back, and replaced.
 */
public final class Database implements AutoCloseable {
    /** What is done on a connection, in one transaction. */
    @FunctionalInterface
    public interface Work<T> {
        T run(Session session) throws SQLException;
    }

    private static final Logger LOGGER = LoggerFactory.getLogger(Database.class);
    /** The low byte of an extended result code is the primary one. */
    private static final int PRIMARY_CODE = 0xff;

    private final String url;
    private final Settings settings;
    private final ReentrantLock writerLock = new ReentrantLock(true);
    private final Semaphore readerPermits;
    private final Deque<Session> idleReaders = new ConcurrentLinkedDeque<>();
    private @Nullable Session writer;
    private volatile boolean closed;

    private Database(Path file, Settings settings) {
        this.url = "jdbc:sqlite:" + file.toAbsolutePath();
        this.settings = settings;
        this.readerPermits = new Semaphore(settings.readers(), true);
    }

    /**
     * Opens a database and brings it to the newest schema; makes the file, readable by its owner only, when it is not there.
     *
     * @throws IllegalStateException when a newer release has written it
     */
    public static Database open(Path file, Settings settings) {
        Path home = file.toAbsolutePath().getParent();
        try {
            Files.createDirectories(home);
            NativeLibrary.unpackInto(home.resolve("native"));
            createPrivately(file);
        } catch (IOException e) {
            throw new StoreUnavailableException("open " + file, e);
        }
        Database database = new Database(file, settings);
        try {
            new Migrations(database, file, Migrations.OF_THIS_RELEASE).run();
            return database;
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /** Reads, in one snapshot. */
    public <T> T read(String operation, Work<T> work) {
        boolean permitted = false;
        try {
            permitted = readerPermits.tryAcquire(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
            requireOpen(operation);
            if (!permitted) {
                throw new StoreUnavailableException(
                        operation,
                        new IllegalStateException("no connection was free within "
                                + settings.timeout().toMillis() + " ms"));
            }
            return readWithPermit(operation, work);
        } catch (InterruptedException e) {
            throw interrupted(operation, e);
        } finally {
            if (permitted) {
                readerPermits.release();
            }
        }
    }

    /** Reads and writes, in one transaction that is on disk when this returns. */
    public <T> T write(String operation, Work<T> work) {
        lockWriter(operation);
        try {
            requireOpen(operation);
            Session session = writer();
            boolean usable = false;
            try {
                T result = inTransaction(session, work);
                usable = true;
                return result;
            } finally {
                if (!usable) {
                    closeWriter();
                }
            }
        } catch (SQLException e) {
            throw translated(operation, e);
        } finally {
            writerLock.unlock();
        }
    }

    @Override
    public void close() {
        closed = true;
        closeIdleReaders();
        writerLock.lock();
        try {
            closeWriter();
        } finally {
            writerLock.unlock();
        }
    }

    private <T> T readWithPermit(String operation, Work<T> work) {
        Session session = null;
        boolean usable = false;
        try {
            session = idleReaders.poll();
            if (session == null) {
                session = open(SQLiteConfig.TransactionMode.DEFERRED, "PRAGMA query_only = ON");
            }
            T result = inTransaction(session, work);
            usable = true;
            return result;
        } catch (SQLException e) {
            throw translated(operation, e);
        } finally {
            if (session != null) {
                giveBack(session, usable);
            }
        }
    }

    private void giveBack(Session session, boolean usable) {
        if (usable) {
            idleReaders.push(session);
        } else {
            closeQuietly(session);
        }
        if (closed) {
            closeIdleReaders();
        }
    }

    private void lockWriter(String operation) {
        try {
            if (!writerLock.tryLock(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new StoreUnavailableException(
                        operation,
                        new IllegalStateException("other writes took longer than "
                                + settings.timeout().toMillis() + " ms"));
            }
        } catch (InterruptedException e) {
            throw interrupted(operation, e);
        }
    }

    private Session writer() throws SQLException {
        Session current = writer;
        if (current == null) {
            current = open(
                    SQLiteConfig.TransactionMode.IMMEDIATE,
                    "PRAGMA cache_size = -" + settings.writerCacheKib(),
                    "PRAGMA wal_autocheckpoint = " + settings.checkpointPages());
            writer = current;
        }
        return current;
    }

    /** Whoever holds the lock may close it. What was not committed is rolled back by that. */
    private void closeWriter() {
        if (writer != null) {
            closeQuietly(writer);
            writer = null;
        }
    }

    private static <T> T inTransaction(Session session, Work<T> work) throws SQLException {
        session.begin();
        T result = work.run(session);
        session.commit();
        return result;
    }

    private Session open(SQLiteConfig.TransactionMode mode, String... pragmas) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setBusyTimeout((int) settings.timeout().toMillis());
        config.setTransactionMode(mode);
        config.setGetGeneratedKeys(false); // the driver would ask for them after each insert
        Connection connection = config.createConnection(url);
        Session session = new Session(connection);
        try {
            for (String pragma : pragmas) {
                session.execute(pragma);
            }
            return session;
        } catch (SQLException e) {
            closeQuietly(session);
            throw e;
        }
    }

    private void requireOpen(String operation) {
        if (closed) {
            throw new StoreUnavailableException(operation, new IllegalStateException("the store is closed"));
        }
    }

    private void closeIdleReaders() {
        for (Session session = idleReaders.poll(); session != null; session = idleReaders.poll()) {
            closeQuietly(session);
        }
    }

    private static void closeQuietly(Session session) {
        try {
            session.close();
        } catch (SQLException e) {
            LOGGER.warn("A connection did not close", e);
        }
    }

    private static void createPrivately(Path file) throws IOException {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] ownerOnly = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        try {
            Files.createFile(file, ownerOnly); // SQLite gives the files beside it the same permissions
        } catch (FileAlreadyExistsException e) {
            LOGGER.debug("Opening the database {}", file);
        }
    }

    private static RuntimeException translated(String operation, SQLException e) {
        boolean constraint = e instanceof SQLiteException sqlite
                && (sqlite.getResultCode().code & PRIMARY_CODE) == SQLiteErrorCode.SQLITE_CONSTRAINT.code;
        return constraint
                ? new IllegalArgumentException(operation + ": " + e.getMessage(), e)
                : new StoreUnavailableException(operation, e);
    }

    private static StoreUnavailableException interrupted(String operation, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new StoreUnavailableException(operation, e);
    }
}
