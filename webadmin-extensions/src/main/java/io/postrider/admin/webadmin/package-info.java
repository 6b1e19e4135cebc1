/** What all routes of the admin API share: the token, JSON, errors, lists. Start at {@link io.postrider.admin.webadmin.AdminGuard}. */
@NullMarked
package io.postrider.admin.webadmin;

import org.jspecify.annotations.NullMarked;
