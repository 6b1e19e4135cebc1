/** The message log and the held mails in SQL. Start at {@link io.postrider.trace.sql.SqlMessageLog}. */
@NullMarked
package io.postrider.trace.sql;

import org.jspecify.annotations.NullMarked;
