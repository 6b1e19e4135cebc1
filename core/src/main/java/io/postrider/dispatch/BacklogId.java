package io.postrider.dispatch;

import io.postrider.delivery.Lane;

/**
 * Names a backlog.
 *
 * @param schedule the retry schedule of its mails: those of one schedule are over about in the order in which they came
 */
public record BacklogId(Lane lane, String schedule) {}
