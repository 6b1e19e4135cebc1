package io.postrider.server.smtp;

import javax.inject.Inject;
import org.apache.james.dnsservice.api.DNSService;
import org.apache.james.filesystem.api.FileSystem;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.lib.handler.ProtocolHandlerLoader;
import org.apache.james.protocols.netty.AllButStartTlsLineChannelHandlerFactory;
import org.apache.james.protocols.netty.ChannelHandlerFactory;
import org.apache.james.smtpserver.netty.SMTPServer;
import org.apache.james.smtpserver.netty.SMTPServerFactory;
import org.apache.james.smtpserver.netty.SmtpMetrics;

/** Makes James's SMTP servers, but such that no line of a message is dropped behind a 250: James cuts lines at 8 KiB and goes on. */
public final class PostriderSmtpServerFactory extends SMTPServerFactory {
    @Inject
    public PostriderSmtpServerFactory(
            DNSService dns, ProtocolHandlerLoader loader, FileSystem fileSystem, MetricFactory metricFactory) {
        super(dns, loader, fileSystem, metricFactory);
    }

    @Override
    protected SMTPServer createServer() {
        return new WholeLineServer(smtpMetrics);
    }

    @SuppressWarnings("unchecked") // James returns a raw type where it promises a generic one
    private static final class WholeLineServer extends SMTPServer {
        WholeLineServer(SmtpMetrics metrics) {
            super(metrics);
        }

        @Override
        protected ChannelHandlerFactory createFrameHandlerFactory() {
            // The SIZE limit ends a message before a line of this length can.
            int longestLine = Math.toIntExact(Math.min(Integer.MAX_VALUE / 2, getMaximalMessageSize() + 1024));
            return new AllButStartTlsLineChannelHandlerFactory("starttls", longestLine);
        }
    }
}
