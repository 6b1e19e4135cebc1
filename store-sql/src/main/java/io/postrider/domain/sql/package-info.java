/** Sending domains and their keys in SQL. Start at {@link io.postrider.domain.sql.SqlSendingDomains}. */
@NullMarked
package io.postrider.domain.sql;

import org.jspecify.annotations.NullMarked;
