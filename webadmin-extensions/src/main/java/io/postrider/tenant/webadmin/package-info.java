/** Tenants and their credentials over REST. Start at {@link io.postrider.tenant.webadmin.TenantRoutes}. */
@NullMarked
package io.postrider.tenant.webadmin;

import org.jspecify.annotations.NullMarked;
