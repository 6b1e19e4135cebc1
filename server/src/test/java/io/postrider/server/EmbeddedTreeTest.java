package io.postrider.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.Resources;
import io.postrider.server.pipeline.PipelineCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.configuration2.HierarchicalConfiguration;
import org.apache.commons.configuration2.XMLConfiguration;
import org.apache.commons.configuration2.tree.ImmutableNode;
import org.apache.james.mailrepository.api.MailRepository;
import org.apache.james.protocols.api.handler.ProtocolHandler;
import org.apache.james.protocols.lib.handler.HandlersPackage;
import org.apache.james.server.core.configuration.FileConfigurationProvider;
import org.apache.mailet.Mailet;
import org.apache.mailet.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The configuration tree of the embedded tier: is it whole, and does every name in it stand for something? */
class EmbeddedTreeTest {
    private static final String MAILETS = "org.apache.james.transport.mailets.";
    private static final String MATCHERS = "org.apache.james.transport.matchers.";

    @Test
    void theListOfFilesShouldBeWhatIsThere() throws Exception {
        URI tree = Resources.getResource("embedded").toURI();
        if (tree.getScheme().equals("jar")) {
            try (FileSystem jar = FileSystems.newFileSystem(tree, Map.of())) {
                assertThat(filesOf(jar.getPath("embedded")))
                        .containsExactlyInAnyOrderElementsOf(EmbeddedConfiguration.FILES);
            }
        } else {
            assertThat(filesOf(Path.of(tree))).containsExactlyInAnyOrderElementsOf(EmbeddedConfiguration.FILES);
        }
    }

    private static List<String> filesOf(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .toList();
        }
    }

    static Stream<String> eachXmlFileShouldLoad() {
        return EmbeddedConfiguration.FILES.stream().filter(name -> name.endsWith(".xml"));
    }

    @ParameterizedTest
    @MethodSource
    void eachXmlFileShouldLoad(String name) throws Exception {
        assertThat(load(name).isEmpty()).isFalse();
    }

    private static XMLConfiguration load(String name) throws Exception {
        try (InputStream in = Resources.getResource("embedded/" + name).openStream()) {
            return FileConfigurationProvider.getConfig(in);
        }
    }

    @Test
    void thePipelineShouldPassItsCheck() throws Exception {
        PipelineCheck.check(load("mailetcontainer.xml"));
    }

    @Test
    void eachMailetShouldHaveAClassAndOneCondition() throws Exception {
        List<HierarchicalConfiguration<ImmutableNode>> mailets = mailets();
        assertThat(mailets).hasSizeGreaterThan(8);
        for (HierarchicalConfiguration<ImmutableNode> mailet : mailets) {
            String name = mailet.getString("[@class]");
            assertThat(locate(MAILETS, name))
                    .as(name)
                    .hasValueSatisfying(type -> assertThat(type).isAssignableTo(Mailet.class));
            String condition =
                    Optional.ofNullable(mailet.getString("[@match]")).orElseGet(() -> mailet.getString("[@notmatch]"));
            assertThat(condition).as("condition of " + name).isNotNull();
            assertThat(mailet.containsKey("[@match]") && mailet.containsKey("[@notmatch]"))
                    .isFalse();
            String matcher = condition.replaceFirst("=.*", "");
            assertThat(locate(MATCHERS, matcher))
                    .as(matcher)
                    .hasValueSatisfying(type -> assertThat(type).isAssignableTo(Matcher.class));
        }
    }

    @Test
    void eachProcessorThatAStepGoesToShouldBeThere() throws Exception {
        List<String> states = load("mailetcontainer.xml").configurationsAt("processors.processor").stream()
                .map(processor -> processor.getString("[@state]"))
                .toList();
        List<String> targets = mailets().stream()
                .filter(mailet -> mailet.getString("[@class]").equals("ToProcessor"))
                .map(mailet -> mailet.getString("processor"))
                .toList();

        assertThat(states).contains("root", "error", "submission", "dispatch", "inbound");
        assertThat(targets).isNotEmpty().isSubsetOf(states);
    }

    private static List<HierarchicalConfiguration<ImmutableNode>> mailets() throws Exception {
        return load("mailetcontainer.xml").configurationsAt("processors.processor.mailet");
    }

    @Test
    void eachHandlerOfTheSmtpPortsShouldBeThere() throws Exception {
        List<String> packages =
                load("smtpserver.xml").getList(String.class, "smtpserver.handlerchain[@coreHandlersPackage]");
        assertThat(packages).hasSize(3);
        for (String name : packages) {
            HandlersPackage handlers = (HandlersPackage)
                    locate("", name).orElseThrow().getDeclaredConstructor().newInstance();
            assertThat(handlers.getHandlers()).isNotEmpty().doesNotHaveDuplicates();
            for (String handler : handlers.getHandlers()) {
                assertThat(locate("", handler))
                        .as(handler)
                        .hasValueSatisfying(type -> assertThat(type).isAssignableTo(ProtocolHandler.class));
            }
        }
    }

    @Test
    void eachRepositoryShouldBeThereAndEachProtocolServed() throws Exception {
        XMLConfiguration repositories = load("mailrepositorystore.xml");
        for (String name : repositories.getList(String.class, "mailrepositories.mailrepository[@class]")) {
            assertThat(locate("", name))
                    .as(name)
                    .hasValueSatisfying(type -> assertThat(type).isAssignableTo(MailRepository.class));
        }
        List<String> protocols =
                repositories.getList(String.class, "mailrepositories.mailrepository.protocols.protocol");
        assertThat(protocols).contains(repositories.getString("defaultProtocol"));
        assertThat(mailets())
                .extracting(mailet -> mailet.getString("repositoryPath"))
                .filteredOn(path -> path != null)
                .isNotEmpty()
                .allSatisfy(path -> assertThat(protocols).contains(path.replaceFirst(":.*", "")));
    }

    private static Optional<Class<?>> locate(String standardPackage, String name) {
        return Stream.of(name, standardPackage + name)
                .<Class<?>>mapMulti((candidate, found) -> {
                    try {
                        found.accept(Class.forName(candidate));
                    } catch (ClassNotFoundException e) {
                        // Then by the other name.
                    }
                })
                .findFirst();
    }
}
