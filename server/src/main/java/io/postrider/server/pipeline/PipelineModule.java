package io.postrider.server.pipeline;

import com.google.inject.AbstractModule;
import com.google.inject.Scopes;
import com.google.inject.multibindings.Multibinder;
import com.google.inject.multibindings.ProvidesIntoSet;
import org.apache.commons.configuration2.HierarchicalConfiguration;
import org.apache.commons.configuration2.tree.ImmutableNode;
import org.apache.james.mailetcontainer.AutomaticallySentMailDetectorImpl;
import org.apache.james.mailetcontainer.api.LocalResources;
import org.apache.james.mailetcontainer.api.MailProcessor;
import org.apache.james.mailetcontainer.api.MailetLoader;
import org.apache.james.mailetcontainer.api.MatcherLoader;
import org.apache.james.mailetcontainer.impl.JamesMailSpooler;
import org.apache.james.mailetcontainer.impl.JamesMailetContext;
import org.apache.james.mailetcontainer.impl.LocalResourcesImpl;
import org.apache.james.modules.server.MailStoreRepositoryModule;
import org.apache.james.server.core.configuration.ConfigurationProvider;
import org.apache.james.utils.GuiceMailetLoader;
import org.apache.james.utils.GuiceMatcherLoader;
import org.apache.james.utils.InitializationOperation;
import org.apache.james.utils.InitilizationOperationBuilder;
import org.apache.james.utils.MailetConfigurationOverride;
import org.apache.mailet.MailetContext;
import org.apache.mailet.base.AutomaticallySentMailDetector;

/** James's mailet container with {@link PipelineCheck} before it and {@link Spooler} to feed it, in place of {@code MailetContainerModule}. */
public final class PipelineModule extends AbstractModule {
    @Override
    protected void configure() {
        install(new MailStoreRepositoryModule());
        bind(Pipeline.class).in(Scopes.SINGLETON);
        bind(MailProcessor.class).to(Pipeline.class);
        bind(JamesMailetContext.class).in(Scopes.SINGLETON);
        bind(MailetContext.class).to(JamesMailetContext.class);
        bind(LocalResourcesImpl.class).in(Scopes.SINGLETON);
        bind(LocalResources.class).to(LocalResourcesImpl.class);
        bind(AutomaticallySentMailDetectorImpl.class).in(Scopes.SINGLETON);
        bind(AutomaticallySentMailDetector.class).to(AutomaticallySentMailDetectorImpl.class);
        bind(MailetLoader.class).to(GuiceMailetLoader.class);
        bind(MatcherLoader.class).to(GuiceMatcherLoader.class);
        Multibinder.newSetBinder(binder(), MailetConfigurationOverride.class);
        // James's health check of the error repository learns from here where that is.
        bind(JamesMailSpooler.Configuration.class)
                .toInstance(new JamesMailSpooler.Configuration(1, HeldMailRepository.URL));
    }

    @ProvidesIntoSet
    InitializationOperation configureContext(ConfigurationProvider configuration, JamesMailetContext context) {
        return InitilizationOperationBuilder.forClass(JamesMailetContext.class)
                .init(() -> context.configure(
                        configuration.getConfiguration("mailetcontainer").configurationAt("context")));
    }

    @ProvidesIntoSet
    InitializationOperation configureProcessors(ConfigurationProvider configuration, Pipeline pipeline) {
        return InitilizationOperationBuilder.forClass(Pipeline.class).init(() -> {
            HierarchicalConfiguration<ImmutableNode> container = configuration.getConfiguration("mailetcontainer");
            PipelineCheck.check(container);
            pipeline.configure(container.configurationAt("processors"));
            pipeline.init();
        });
    }
}
