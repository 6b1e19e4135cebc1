package io.postrider.dns;

import java.util.concurrent.CompletionStage;

/** Answers questions to DNS. Does not block; safe for concurrent use. */
public interface Dns {
    /**
     * Looks records up, following CNAMEs. The stage always completes with a value; what could not be found out is {@link DnsAnswer.Failed}.
     *
     * @param name absolute, in A-labels, with or without a final dot
     */
    <T> CompletionStage<DnsAnswer<T>> find(String name, RecordType<T> type);
}
