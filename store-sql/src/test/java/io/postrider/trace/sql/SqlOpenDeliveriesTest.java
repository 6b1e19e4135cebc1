package io.postrider.trace.sql;

import io.postrider.store.sql.StoreExtension;
import io.postrider.testkit.contract.OpenDeliveriesContract;
import io.postrider.trace.HeldMails;
import io.postrider.trace.MessageLog;
import io.postrider.trace.OpenDeliveries;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlOpenDeliveriesTest implements OpenDeliveriesContract {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    @Override
    public OpenDeliveries openDeliveries() {
        return store.store().openDeliveries();
    }

    @Override
    public MessageLog messageLog() {
        return store.store().messageLog();
    }

    @Override
    public HeldMails heldMails() {
        return store.store().heldMails();
    }
}
