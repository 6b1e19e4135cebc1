/** Secrets in files that only their owner reads. Start at {@link io.postrider.security.file.SecretFiles}. */
@NullMarked
package io.postrider.security.file;

import org.jspecify.annotations.NullMarked;
