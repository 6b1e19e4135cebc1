/** What all SQL adapters stand on: connections, transactions, migrations. Start at {@link io.postrider.store.sql.engine.Database}. */
@NullMarked
package io.postrider.store.sql.engine;

import org.jspecify.annotations.NullMarked;
