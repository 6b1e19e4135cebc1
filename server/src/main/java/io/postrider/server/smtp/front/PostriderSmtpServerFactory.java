package io.postrider.server.smtp.front;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.commons.configuration2.HierarchicalConfiguration;
import org.apache.commons.configuration2.tree.ImmutableNode;
import org.apache.james.dnsservice.api.DNSService;
import org.apache.james.filesystem.api.FileSystem;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.james.protocols.lib.handler.ProtocolHandlerLoader;
import org.apache.james.protocols.lib.netty.AbstractConfigurableAsyncServer;
import org.apache.james.smtpserver.netty.SMTPServerFactory;

/** Makes the SMTP servers of {@code smtpserver.xml}, and stops them together. */
public final class PostriderSmtpServerFactory extends SMTPServerFactory {
    private final FrontResources resources;
    private final FrontMetrics metrics;

    @Inject
    public PostriderSmtpServerFactory(
            DNSService dns,
            ProtocolHandlerLoader loader,
            FileSystem fileSystem,
            MetricFactory metricFactory,
            FrontResources resources) {
        super(dns, loader, fileSystem, metricFactory);
        this.resources = resources;
        this.metrics = FrontMetrics.of(metricFactory);
    }

    @Override
    protected List<AbstractConfigurableAsyncServer> createServers(HierarchicalConfiguration<ImmutableNode> config)
            throws Exception {
        List<AbstractConfigurableAsyncServer> servers = new ArrayList<>();
        for (HierarchicalConfiguration<ImmutableNode> each : config.configurationsAt("smtpserver")) {
            PostriderSmtpServer server = new PostriderSmtpServer(resources, smtpMetrics, metrics);
            server.setDnsService(dns);
            server.setProtocolHandlerLoader(loader);
            server.setFileSystem(fileSystem);
            server.configureAt(each);
            servers.add(server);
        }
        return servers;
    }

    /** The servers that are enabled. */
    public Stream<PostriderSmtpServer> running() {
        return getServers().stream()
                .map(PostriderSmtpServer.class::cast)
                .filter(AbstractConfigurableAsyncServer::isEnabled);
    }

    @Override
    public void destroy() {
        running().forEach(PostriderSmtpServer::beginToStop);
        awaitMessages();
        super.destroy();
        resources.close();
    }

    /** Messages that are on their way may end. */
    private void awaitMessages() {
        try {
            resources
                    .messageEnds()
                    .await(
                            () -> running().allMatch(PostriderSmtpServer::isQuiet),
                            resources.settings().smtp().timeouts().stop());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
