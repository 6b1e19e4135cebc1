package io.postrider.tenant.sql;

import io.postrider.store.sql.StoreExtension;
import io.postrider.tenant.Credentials;
import io.postrider.testkit.contract.CredentialsContract;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlCredentialsTest implements CredentialsContract {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    @Override
    public Credentials credentials() {
        return store.store().credentials();
    }
}
