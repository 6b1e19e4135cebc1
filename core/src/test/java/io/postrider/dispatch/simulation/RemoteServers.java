package io.postrider.dispatch.simulation;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the next hops really accepted. */
final class RemoteServers {
    /** One recipient of one message. */
    record Delivery(MessageId message, EmailAddress recipient) {}

    /**
     * A copy of a message that a recipient got.
     *
     * @param process which process sent it
     * @param told whether that process was told, and not just left without a reply
     */
    record Accepted(String hop, int process, boolean told) {}

    private final Map<Delivery, List<Accepted>> accepted = new LinkedHashMap<>();

    /** A second copy is right only where nobody could know of the first. */
    void accept(Delivery delivery, Accepted copy) {
        List<Accepted> copies = accepted.computeIfAbsent(delivery, any -> new ArrayList<>());
        for (Accepted earlier : copies) {
            if (earlier.told() && earlier.process() == copy.process()) {
                throw new AssertionError(delivery + " got " + copy + " after " + copies);
            }
        }
        copies.add(copy);
    }

    int copies(Delivery delivery) {
        return accepted.getOrDefault(delivery, List.of()).size();
    }
}
