/**
 * The settings of a node: what stands in the {@code .properties} files of HOME/conf and in {@code POSTRIDER_*} variables. Start at {@link
 * io.postrider.server.config.SettingsReader}; the keys are in {@link io.postrider.server.config.Keys}.
 */
@NullMarked
package io.postrider.server.config;

import org.jspecify.annotations.NullMarked;
