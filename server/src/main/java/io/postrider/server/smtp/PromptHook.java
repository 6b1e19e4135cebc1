package io.postrider.server.smtp;

/** A hook of SMTP that never waits for a store, a name server, a disk or a lock: the thread of the network may ask it. */
public interface PromptHook {}
