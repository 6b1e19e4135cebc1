/** What has to see the inside of the broker's journal. Start at {@link org.apache.activemq.store.kahadb.QueueIndexReader}. */
@NullMarked
package org.apache.activemq.store.kahadb;

import org.jspecify.annotations.NullMarked;
