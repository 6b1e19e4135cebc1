package io.postrider.submission;

/**
 * Who submits.
 *
 * @param name a user name, or {@code network:ADDRESS} for one of a trusted network
 */
public record Submitter(String tenant, String name) {}
