package io.postrider.benchmarks.relay;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.HdrHistogram.Histogram;

/**
 * What one run showed. Rates are messages a second from the first connection on; latencies are milliseconds.
 *
 * @param acceptPerSecond to the last 250
 * @param endToEndPerSecond to the last message at the sink
 * @param cpuMsPerMessage user and system time of the server
 * @param peakMemoryMib of all its processes, shared pages counted once
 * @param later how often a mail was told to come later
 * @param lost accepted, and not at the sink when nothing came any more
 * @param duplicates second copies at the sink
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Result(
        String label,
        int messages,
        int size,
        int sessions,
        int domains,
        int recipients,
        double acceptPerSecond,
        double endToEndPerSecond,
        Latency acceptMs,
        Latency endToEndMs,
        double cpuMsPerMessage,
        double peakMemoryMib,
        double foreignShare,
        int connections,
        int later,
        int lost,
        int duplicates) {
    /** Percentiles in milliseconds. */
    record Latency(double p50, double p95, double p99, double max) {
        static Latency of(Histogram nanos) {
            return new Latency(at(nanos, 50), at(nanos, 95), at(nanos, 99), rounded(nanos.getMaxValue() / 1e6));
        }

        private static double at(Histogram nanos, double percentile) {
            return rounded(nanos.getValueAtPercentile(percentile) / 1e6);
        }
    }

    static double rounded(double value) {
        return Math.round(value * 100) / 100.0;
    }
}
