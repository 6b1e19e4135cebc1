package io.postrider.server.smtp;

import org.apache.james.protocols.smtp.SMTPSession;

/** A hook of SMTP that does not wait for a store, a name server, a disk or a lock: the thread of the network may ask it. */
public interface PromptHook {
    /** Whether that holds for this command now. */
    default boolean isPrompt(SMTPSession session, String line) {
        return true;
    }
}
