package io.postrider.domain.sql;

import io.postrider.domain.SendingDomains;
import io.postrider.store.sql.StoreExtension;
import io.postrider.testkit.contract.SendingDomainsContract;
import org.junit.jupiter.api.extension.RegisterExtension;

class SqlSendingDomainsTest implements SendingDomainsContract {
    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    @Override
    public SendingDomains sendingDomains() {
        return store.store().sendingDomains();
    }

    @Override
    public SendingDomains reopenedSendingDomains() {
        return store.reopen().sendingDomains();
    }
}
