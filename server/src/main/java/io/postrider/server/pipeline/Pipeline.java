package io.postrider.server.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.inject.Inject;
import org.apache.commons.configuration2.HierarchicalConfiguration;
import org.apache.commons.configuration2.ex.ConfigurationException;
import org.apache.commons.configuration2.tree.ImmutableNode;
import org.apache.james.lifecycle.api.Startable;
import org.apache.james.mailetcontainer.api.MailProcessor;
import org.apache.james.mailetcontainer.api.MailetLoader;
import org.apache.james.mailetcontainer.api.MatcherLoader;
import org.apache.james.mailetcontainer.lib.AbstractStateCompositeProcessor;
import org.apache.james.metrics.api.MetricFactory;
import org.apache.mailet.Mailet;
import org.apache.mailet.MailetContext;
import org.apache.mailet.ProcessingState;

/** The processors of {@code mailetcontainer.xml}, each a {@link PipelineProcessor}. */
public final class Pipeline extends AbstractStateCompositeProcessor implements Startable {
    /** What {@code onMailetException} and {@code onMatchException} may say beside the name of a processor. */
    private static final Set<String> NO_PROCESSORS = Set.of("propagate", "ignore", "nomatch", "matchall");

    private final MetricFactory metrics;
    private final MailetContext context;
    private final MatcherLoader matchers;
    private final MailetLoader mailets;

    @Inject
    Pipeline(MetricFactory metrics, MailetContext context, MatcherLoader matchers, MailetLoader mailets) {
        this.metrics = metrics;
        this.context = context;
        this.matchers = matchers;
        this.mailets = mailets;
    }

    @Override
    public void init() throws Exception {
        super.init();
        checkThatProcessorsExist();
    }

    @Override
    protected MailProcessor createMailProcessor(String name, HierarchicalConfiguration<ImmutableNode> configuration)
            throws Exception {
        PipelineProcessor processor = new PipelineProcessor(metrics);
        try {
            processor.setMailetContext(context);
            processor.setMailetLoader(mailets);
            processor.setMatcherLoader(matchers);
            processor.configure(configuration);
            processor.setRootMailProcessor(this);
            processor.init();
            return processor;
        } catch (Exception e) {
            processor.destroy();
            throw e;
        }
    }

    /** A mail that is sent to a processor that nobody has would be an error each time; James looks at processors of its own class only. */
    private void checkThatProcessorsExist() throws ConfigurationException {
        Set<String> known = new TreeSet<>(Arrays.asList(getProcessorStates()));
        List<String> unknown = new ArrayList<>();
        for (String state : known) {
            ((PipelineProcessor) getProcessor(state))
                    .getMailets().stream()
                            .flatMap(Pipeline::processorsOf)
                            .filter(name -> !known.contains(name) && !NO_PROCESSORS.contains(name))
                            .forEach(name -> unknown.add("processor " + state + " names the processor '" + name + "'"));
        }
        if (!unknown.isEmpty()) {
            throw new ConfigurationException(
                    "mailetcontainer.xml: " + String.join("; ", unknown) + " (expected: one of " + known + ")");
        }
    }

    private static Stream<String> processorsOf(Mailet mailet) {
        return Stream.concat(
                mailet.requiredProcessingState().stream().map(ProcessingState::getValue),
                Stream.of("onMailetException", "onMatchException")
                        .map(mailet.getMailetConfig()::getInitParameter)
                        .flatMap(name -> Optional.ofNullable(name).stream())
                        .map(String::strip));
    }
}
