package io.postrider.server.smtp.front;

import org.apache.james.metrics.api.Metric;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.smtpserver.netty.SmtpMetrics;
import org.apache.james.smtpserver.netty.SmtpMetricsImpl;

/**
 * What is counted of all listeners together, for {@code /metrics}.
 *
 * @param connections that are open
 * @param commands taken
 * @param refusedConnections by the limits, with 421 or, where TLS would come first, without a word
 * @param failedHandshakes of TLS
 */
record FrontMetrics(Metric connections, Metric commands, Metric refusedConnections, Metric failedHandshakes) {
    static FrontMetrics of(MetricFactory factory) {
        SmtpMetrics james = new SmtpMetricsImpl(factory);
        return new FrontMetrics(
                james.getConnectionMetric(),
                james.getCommandsMetric(),
                factory.generate("smtpRefusedConnections"),
                factory.generate("smtpFailedHandshakes"));
    }
}
