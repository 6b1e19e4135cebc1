package io.postrider.route.sql;

import io.postrider.route.EgressPools;
import io.postrider.store.sql.StoreExtension;
import io.postrider.testkit.contract.EgressPoolsContract;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlEgressPoolsTest implements EgressPoolsContract {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    @Override
    public EgressPools pools() {
        return store.store().egressPools();
    }

    @Override
    public EgressPools reopenedPools() {
        return store.reopen().egressPools();
    }
}
