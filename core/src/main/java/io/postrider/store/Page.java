package io.postrider.store;

import java.util.List;
import java.util.Optional;

/** A part of a list, and the opaque cursor that continues it; no cursor means that the list ends here. */
public record Page<T>(List<T> items, Optional<String> nextCursor) {
    public Page {
        items = List.copyOf(items);
    }
}
