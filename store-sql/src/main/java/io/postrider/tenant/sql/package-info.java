/** Tenants and credentials in SQL. Start at {@link io.postrider.tenant.sql.SqlTenants}. */
@NullMarked
package io.postrider.tenant.sql;

import org.jspecify.annotations.NullMarked;
