/** Questions to DNS. Start at {@link io.postrider.dns.Dns}. */
@NullMarked
package io.postrider.dns;

import org.jspecify.annotations.NullMarked;
