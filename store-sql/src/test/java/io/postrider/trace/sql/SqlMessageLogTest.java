package io.postrider.trace.sql;

import io.postrider.store.sql.StoreExtension;
import io.postrider.testkit.contract.MessageLogContract;
import io.postrider.trace.MessageLog;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlMessageLogTest implements MessageLogContract {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    @Override
    public MessageLog messageLog() {
        return store.store().messageLog();
    }

    @Override
    public MessageLog reopenedMessageLog() {
        return store.reopen().messageLog();
    }
}
