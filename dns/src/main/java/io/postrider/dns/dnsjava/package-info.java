/** DNS by dnsjava. Start at {@link io.postrider.dns.dnsjava.DnsjavaDns}. */
@NullMarked
package io.postrider.dns.dnsjava;

import org.jspecify.annotations.NullMarked;
