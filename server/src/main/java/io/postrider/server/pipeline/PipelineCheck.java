package io.postrider.server.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.configuration2.HierarchicalConfiguration;
import org.apache.commons.configuration2.ex.ConfigurationException;
import org.apache.commons.configuration2.tree.ImmutableNode;

/**
 * Looks for what James would pass over in {@code mailetcontainer.xml}: a misspelt {@code match} makes a step for all mail, an element that nobody reads does
 * nothing, and James's own mailets do not look at their parameters.
 */
public final class PipelineCheck {
    private static final Set<String> TOP = Set.of("context", "processors");
    private static final Set<String> OF_MAILET = Set.of("class", "match", "notmatch");
    private static final Set<String> ON_ERROR = Set.of("onMailetException", "onMatchException");
    /** The parameters of mailets of James that the embedded pipeline uses. Ours check their own. */
    private static final Map<String, Set<String>> PARAMETERS = Map.of(
            "ToProcessor", Set.of("processor", "notice", "debug"),
            "ToRepository", Set.of("repositoryPath", "passThrough"),
            "Null", Set.of());

    private PipelineCheck() {}

    /** Throws with one line for each problem. */
    public static void check(HierarchicalConfiguration<ImmutableNode> container) throws ConfigurationException {
        List<String> problems = new ArrayList<>();
        for (ImmutableNode child : children(container)) {
            if (!TOP.contains(child.getNodeName())) {
                problems.add("<" + child.getNodeName() + "> (expected: one of " + new TreeSet<>(TOP) + ")");
            }
            if (child.getNodeName().equals("processors")) {
                child.getChildren().forEach(processor -> checkProcessor(processor, problems));
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException("mailetcontainer.xml: " + String.join("; ", problems));
        }
    }

    private static List<ImmutableNode> children(HierarchicalConfiguration<ImmutableNode> container) {
        return container.getNodeModel().getNodeHandler().getRootNode().getChildren();
    }

    private static void checkProcessor(ImmutableNode processor, List<String> problems) {
        if (!processor.getNodeName().equals("processor")
                || !processor.getAttributes().containsKey("state")) {
            problems.add("<" + processor.getNodeName() + "> in <processors> (expected: <processor state=\"…\">)");
            return;
        }
        String state = String.valueOf(processor.getAttributes().get("state"));
        for (ImmutableNode step : processor.getChildren()) {
            switch (step.getNodeName()) {
                case "mailet" -> checkMailet("processor " + state, step, problems);
                case "matcher" -> {}
                default ->
                    problems.add(
                            "processor " + state + ": <" + step.getNodeName() + "> (expected: <mailet> or <matcher>)");
            }
        }
    }

    private static void checkMailet(String where, ImmutableNode mailet, List<String> problems) {
        Map<String, Object> attributes = mailet.getAttributes();
        String name = String.valueOf(attributes.get("class"));
        if (!attributes.containsKey("class")) {
            problems.add(where + ": a mailet without class");
        }
        if (attributes.containsKey("match") == attributes.containsKey("notmatch")) {
            problems.add(where + ": mailet " + name + " has the attributes " + new TreeSet<>(attributes.keySet())
                    + " (expected: class, and either match or notmatch)");
        }
        attributes.keySet().stream()
                .filter(attribute -> !OF_MAILET.contains(attribute))
                .forEach(attribute -> problems.add(where + ": mailet " + name + " has the attribute '" + attribute
                        + "' (expected: one of " + new TreeSet<>(OF_MAILET) + ")"));
        Set<String> known = PARAMETERS.get(name);
        if (known != null) {
            mailet.getChildren().stream()
                    .map(ImmutableNode::getNodeName)
                    .filter(parameter -> !known.contains(parameter) && !ON_ERROR.contains(parameter))
                    .forEach(parameter -> problems.add(where + ": mailet " + name + " has the parameter '" + parameter
                            + "' (expected: one of " + new TreeSet<>(known) + ")"));
        }
    }
}
