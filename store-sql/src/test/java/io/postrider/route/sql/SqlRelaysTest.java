package io.postrider.route.sql;

import io.postrider.route.Relays;
import io.postrider.store.sql.StoreExtension;
import io.postrider.testkit.contract.RelaysContract;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlRelaysTest implements RelaysContract {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    @Override
    public Relays relays() {
        return store.store().relays();
    }

    @Override
    public Relays reopenedRelays() {
        return store.reopen().relays();
    }
}
