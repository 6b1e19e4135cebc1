/** Tenants and what authenticates their submitters. Start at {@link io.postrider.tenant.Credentials}. */
@NullMarked
package io.postrider.tenant;

import org.jspecify.annotations.NullMarked;
