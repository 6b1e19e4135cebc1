package io.postrider.queue;

import io.postrider.dispatch.Dispatcher;
import io.postrider.dispatch.EntryOperations;
import io.postrider.dispatch.Operations;

/** What decides about mails that are messages of ours. */
public record Tracking(Dispatcher dispatcher, Operations operations, EntryOperations entries) {}
