package io.postrider.admin.webadmin;

import io.postrider.dispatch.Queues;
import io.postrider.store.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One queue that holds what a test put into it; the cursor is the number of the next entry. */
public final class InMemoryQueues implements Queues {
    public final List<Status> statuses = new ArrayList<>();
    public final List<Entry> entries = new ArrayList<>();
    public final List<Backlog> backlogs = new ArrayList<>();

    @Override
    public List<Status> all() {
        return List.copyOf(statuses);
    }

    @Override
    public Optional<Status> find(String name) {
        return statuses.stream().filter(status -> status.name().equals(name)).findFirst();
    }

    @Override
    public Optional<List<Backlog>> backlogs(String name) {
        return find(name).map(status -> List.copyOf(backlogs));
    }

    @Override
    public Optional<Page<Entry>> entries(String name, Optional<State> state, int limit, Optional<String> cursor) {
        int from = cursor.map(Integer::parseInt).orElse(0);
        List<Entry> found = entries.stream()
                .filter(entry -> state.isEmpty() || state.get() == entry.state())
                .toList();
        int to = Math.min(found.size(), from + limit);
        return find(name)
                .map(status -> new Page<>(
                        found.subList(from, to),
                        to < found.size() ? Optional.of(Integer.toString(to)) : Optional.empty()));
    }
}
