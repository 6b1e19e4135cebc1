package io.postrider.trace.sql;

import io.postrider.store.sql.StoreExtension;
import io.postrider.testkit.contract.HeldMailsContract;
import io.postrider.trace.HeldMails;
import io.postrider.trace.MessageLog;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlHeldMailsTest implements HeldMailsContract {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    @Override
    public HeldMails heldMails() {
        return store.store().heldMails();
    }

    @Override
    public MessageLog messageLog() {
        return store.store().messageLog();
    }
}
