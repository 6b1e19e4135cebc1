package io.postrider.route.sql;

import io.postrider.route.Routes;
import io.postrider.store.sql.StoreExtension;
import io.postrider.testkit.contract.RoutesContract;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlRoutesTest implements RoutesContract {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    @Override
    public Routes routes() {
        return store.store().routes();
    }
}
