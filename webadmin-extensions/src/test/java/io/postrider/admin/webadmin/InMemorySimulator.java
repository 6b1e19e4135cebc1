package io.postrider.admin.webadmin;

import io.postrider.simulator.SimulatorMailbox;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** A simulator that received what a test put into it. */
public final class InMemorySimulator implements SimulatorMailbox {
    public final List<SimulatedMessage> received = new ArrayList<>();

    @Override
    public List<SimulatedMessage> list(Optional<Long> below, int limit) {
        return received.stream()
                .filter(message -> message.n() < below.orElse(Long.MAX_VALUE))
                .sorted(Comparator.comparing(SimulatedMessage::n).reversed())
                .limit(limit)
                .toList();
    }

    @Override
    public Optional<SimulatedMessage> find(long n) {
        return received.stream().filter(message -> message.n() == n).findFirst();
    }
}
