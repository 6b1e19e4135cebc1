/** A DNS server for tests. Start at {@link io.postrider.testkit.dns.ScriptedDnsServer}. */
@NullMarked
package io.postrider.testkit.dns;

import org.jspecify.annotations.NullMarked;
