package io.postrider.dispatch;

import io.postrider.mail.MessageId;
import io.postrider.trace.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Backlogs as a disk holds them. */
public class BacklogsInMemory implements BacklogStore {
    private final Map<BacklogId, NavigableMap<Long, Resting>> backlogs = new LinkedHashMap<>();
    private long sequence;

    /** Of the mails, for the time that one was written at. */
    private static final Duration TTL = Duration.ofHours(1);

    @Override
    public Map<BacklogId, Long> counts() {
        Map<BacklogId, Long> counts = new LinkedHashMap<>();
        backlogs.forEach((id, entries) -> counts.put(id, (long) entries.size()));
        return counts;
    }

    @Override
    public void put(BacklogId backlog, EntryId id, MessageId message, byte[] mail, Instant until) {
        sequence++;
        backlogs.computeIfAbsent(backlog, any -> new TreeMap<>())
                .put(sequence, new Resting(backlog, sequence, id, message, until.minus(TTL), until, mail));
    }

    @Override
    public List<Resting> from(BacklogId backlog, long from, int max) {
        return backlogs.getOrDefault(backlog, new TreeMap<>()).tailMap(from, true).values().stream()
                .limit(max)
                .toList();
    }

    @Override
    public Optional<Resting> find(EntryId id) {
        return all().stream().filter(entry -> entry.id().equals(id)).findFirst();
    }

    public List<Resting> all() {
        return backlogs.values().stream()
                .flatMap(entries -> entries.values().stream())
                .toList();
    }

    @Override
    public boolean remove(BacklogId backlog, EntryId id) {
        return backlogs.getOrDefault(backlog, new TreeMap<>())
                .values()
                .removeIf(entry -> entry.id().equals(id));
    }

    @Override
    public void drop(BacklogId backlog) {
        NavigableMap<Long, Resting> dropped = backlogs.remove(backlog);
        if (dropped != null && !dropped.isEmpty()) {
            throw new AssertionError("a backlog is dropped that holds " + dropped);
        }
    }
}
