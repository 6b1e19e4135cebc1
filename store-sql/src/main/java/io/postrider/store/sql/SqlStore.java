package io.postrider.store.sql;

import io.postrider.domain.SendingDomains;
import io.postrider.domain.sql.SqlSendingDomains;
import io.postrider.route.Relays;
import io.postrider.route.Routes;
import io.postrider.route.sql.SqlRelays;
import io.postrider.route.sql.SqlRoutes;
import io.postrider.security.SecretBox;
import io.postrider.store.sql.engine.Database;
import io.postrider.store.sql.engine.Settings;
import io.postrider.tenant.Credentials;
import io.postrider.tenant.Tenants;
import io.postrider.tenant.sql.SqlCredentials;
import io.postrider.tenant.sql.SqlTenants;
import io.postrider.trace.HeldMails;
import io.postrider.trace.MessageLog;
import io.postrider.trace.OpenDeliveries;
import io.postrider.trace.sql.SqlHeldMails;
import io.postrider.trace.sql.SqlMessageLog;
import io.postrider.trace.sql.SqlOpenDeliveries;
import java.nio.file.Path;

/**
 * The store in one SQLite file. Each change is on disk when its call returns. One process at a time should open a file. Safe for concurrent use; after {@link
 * #close}, every call throws {@link io.postrider.store.StoreUnavailableException}.
 */
public final class SqlStore implements AutoCloseable {
    private final Database database;
    private final Tenants tenants;
    private final Credentials credentials;
    private final SendingDomains sendingDomains;
    private final Relays relays;
    private final Routes routes;
    private final MessageLog messageLog;
    private final HeldMails heldMails;
    private final OpenDeliveries openDeliveries;

    private SqlStore(Database database, SecretBox secrets) {
        this.database = database;
        this.tenants = new SqlTenants(database);
        this.credentials = new SqlCredentials(database);
        this.sendingDomains = new SqlSendingDomains(database, secrets);
        this.relays = new SqlRelays(database, secrets);
        this.routes = new SqlRoutes(database);
        this.messageLog = new SqlMessageLog(database);
        this.heldMails = new SqlHeldMails(database);
        this.openDeliveries = new SqlOpenDeliveries(database);
    }

    /** Like {@link #open(Path, SecretBox, Settings)} with the default limits. */
    public static SqlStore open(Path file, SecretBox secrets) {
        return open(file, secrets, Settings.DEFAULT);
    }

    /**
     * Opens the file, makes it when it is not there, and brings it to the newest schema. The driver's native library is unpacked into {@code native} beside it,
     * unless the system property {@code org.sqlite.tmpdir} names another folder.
     *
     * @param secrets seals private keys and passwords
     * @throws IllegalStateException when a newer release has written the file
     */
    public static SqlStore open(Path file, SecretBox secrets, Settings settings) {
        return new SqlStore(Database.open(file, settings), secrets);
    }

    public Tenants tenants() {
        return tenants;
    }

    public Credentials credentials() {
        return credentials;
    }

    public SendingDomains sendingDomains() {
        return sendingDomains;
    }

    public Relays relays() {
        return relays;
    }

    public Routes routes() {
        return routes;
    }

    public MessageLog messageLog() {
        return messageLog;
    }

    public HeldMails heldMails() {
        return heldMails;
    }

    public OpenDeliveries openDeliveries() {
        return openDeliveries;
    }

    /** Returns when the store answers; else throws {@link io.postrider.store.StoreUnavailableException}. */
    public void ping() {
        database.read(
                "ping", session -> session.queryFirst("SELECT version FROM schema_version", row -> row.getInt(1)));
    }

    @Override
    public void close() {
        database.close();
    }
}
