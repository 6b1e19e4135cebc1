package io.postrider.queue;

import io.postrider.trace.EntryId;
import java.util.HashSet;
import java.util.Set;
import org.apache.activemq.command.Message;
import org.apache.activemq.command.MessageId;
import org.apache.activemq.store.MessageRecoveryContext;
import org.apache.activemq.store.MessageRecoveryListener;
import org.apache.activemq.store.MessageStore;

/**
 * Reads the journal of a queue from its first entry to its last, page by page: others read and write in between, and no more than one mail is in memory. What is
 * written meanwhile comes behind what was there, so that nothing is passed over.
 */
final class SpoolSurvey {
    /** The journal's index is locked for a page. */
    private static final int PAGE = 200;

    private final MessageStore store;

    SpoolSurvey(MessageStore store) {
        this.store = store;
    }

    Set<EntryId> present(Set<EntryId> wanted) throws Exception {
        Search search = new Search(wanted);
        do {
            search.read = 0;
            store.recoverMessages(new MessageRecoveryContext.Builder()
                    .messageRecoveryListener(search)
                    .offset(search.next)
                    .maxMessageCountReturned(PAGE)
                    .useDedicatedCursor(true)
                    .build());
        } while (search.read == PAGE && !search.isOver());
        return search.found;
    }

    private static final class Search implements MessageRecoveryListener {
        private final Set<EntryId> wanted;
        private final Set<EntryId> found = new HashSet<>();
        private int read;
        private long next;

        Search(Set<EntryId> wanted) {
            this.wanted = wanted;
        }

        boolean isOver() {
            return found.size() == wanted.size();
        }

        @Override
        public boolean recoverMessage(Message message) throws Exception {
            read++;
            next = (Long) message.getMessageId().getFutureOrSequenceLong() + 1;
            EntryId entry = new EntryId((String) message.getProperty(EntryMessage.ENTRY));
            if (wanted.contains(entry)) {
                found.add(entry);
            }
            return true;
        }

        @Override
        public boolean canRecoveryNextMessage() {
            return !isOver();
        }

        @Override
        public boolean hasSpace() {
            return true;
        }

        @Override
        public boolean recoverMessageReference(MessageId reference) {
            return true;
        }

        @Override
        public boolean isDuplicate(MessageId reference) {
            return false;
        }
    }
}
