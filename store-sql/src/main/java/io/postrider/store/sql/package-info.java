/** The ports of the core on SQLite. Start at {@link io.postrider.store.sql.SqlStore}. */
@NullMarked
package io.postrider.store.sql;

import org.jspecify.annotations.NullMarked;
