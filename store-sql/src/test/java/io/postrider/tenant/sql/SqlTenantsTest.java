package io.postrider.tenant.sql;

import io.postrider.domain.SendingDomains;
import io.postrider.store.sql.StoreExtension;
import io.postrider.tenant.Credentials;
import io.postrider.tenant.Tenants;
import io.postrider.testkit.contract.TenantsContract;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlTenantsTest implements TenantsContract {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    @Override
    public Tenants tenants() {
        return store.store().tenants();
    }

    @Override
    public Credentials credentials() {
        return store.store().credentials();
    }

    @Override
    public SendingDomains sendingDomains() {
        return store.store().sendingDomains();
    }
}
