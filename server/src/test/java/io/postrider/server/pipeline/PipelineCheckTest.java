package io.postrider.server.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import org.apache.commons.configuration2.ex.ConfigurationException;
import org.apache.james.server.core.configuration.FileConfigurationProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineCheckTest {
    private static void check(String container) throws ConfigurationException {
        PipelineCheck.check(FileConfigurationProvider.getConfig(new ByteArrayInputStream(container.getBytes(UTF_8))));
    }

    private static String step(String step) {
        return "<mailetcontainer><context/><processors><processor state=\"root\">" + step
                + "</processor></processors></mailetcontainer>";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<mailet match=\"All\" class=\"Null\"/>",
                "<mailet notmatch=\"All\" class=\"Null\"/>",
                "<mailet match=\"All\" class=\"ToProcessor\"><processor>x</processor>"
                        + "<onMailetException>propagate</onMailetException></mailet>",
                "<mailet match=\"All\" class=\"ToRepository\"><repositoryPath>file://x</repositoryPath>"
                        + "<passThrough>true</passThrough><onMatchException>nomatch</onMatchException></mailet>",
                "<mailet match=\"All\" class=\"any.other.Mailet\"><itsOwn>parameter</itsOwn></mailet>",
                "<matcher name=\"both\" match=\"org.apache.james.transport.matchers.And\"/>"
            })
    void whatIsWellWrittenShouldPass(String step) {
        assertThatCode(() -> check(step(step))).doesNotThrowAnyException();
    }

    @Test
    void aMisspeltMatchShouldBeRefused() {
        assertThatThrownBy(() -> check(step("<mailet macth=\"SenderIsLocal\" class=\"Null\"/>")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("processor root")
                .hasMessageContaining("Null")
                .hasMessageContaining("'macth'")
                .hasMessageContaining("either match or notmatch");
    }

    @Test
    void aStepWithoutConditionShouldBeRefused() {
        assertThatThrownBy(() -> check(step("<mailet class=\"Null\"/>")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("either match or notmatch");
    }

    @Test
    void aStepWithBothConditionsShouldBeRefused() {
        assertThatThrownBy(() -> check(step("<mailet match=\"All\" notmatch=\"All\" class=\"Null\"/>")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("either match or notmatch");
    }

    @Test
    void aStepWithoutClassShouldBeRefused() {
        assertThatThrownBy(() -> check(step("<mailet match=\"All\" clas=\"Null\"/>")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("a mailet without class")
                .hasMessageContaining("'clas'");
    }

    @Test
    void anUnknownParameterShouldBeRefused() {
        assertThatThrownBy(() ->
                        check(step("<mailet match=\"All\" class=\"ToProcessor\"><procesor>x</procesor></mailet>")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("ToProcessor")
                .hasMessageContaining("'procesor'")
                .hasMessageContaining("processor");
        assertThatThrownBy(() -> check(step("<mailet match=\"All\" class=\"ToRepository\"><path>x</path></mailet>")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("'path'")
                .hasMessageContaining("repositoryPath");
    }

    @Test
    void anUnknownElementAtTheTopShouldBeRefused() {
        assertThatThrownBy(() -> check("<mailetcontainer><context/><procesors/></mailetcontainer>"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("<procesors>")
                .hasMessageContaining("[context, processors]");
    }

    @Test
    void anUnknownElementBetweenTheProcessorsShouldBeRefused() {
        assertThatThrownBy(() ->
                        check("<mailetcontainer><processors><proces state=\"root\"/></processors></mailetcontainer>"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("<proces>");
    }

    @Test
    void aProcessorWithoutStateShouldBeRefused() {
        assertThatThrownBy(() ->
                        check("<mailetcontainer><processors><processor name=\"root\"/></processors></mailetcontainer>"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("state");
    }

    @Test
    void anUnknownElementAmongTheStepsShouldBeRefused() {
        assertThatThrownBy(() -> check(step("<mailt match=\"All\" class=\"Null\"/>")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("processor root: <mailt>");
    }

    @Test
    void eachProblemShouldBeNamed() {
        assertThatThrownBy(() -> check(step("<mailt/><mailet class=\"Null\"/><mailet match=\"All\" class=\"Null\">"
                        + "<what>x</what></mailet>")))
                .hasMessageContaining("<mailt>")
                .hasMessageContaining("either match or notmatch")
                .hasMessageContaining("'what'");
    }
}
