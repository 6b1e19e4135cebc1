package io.postrider.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.configuration2.BaseHierarchicalConfiguration;
import org.apache.james.mailetcontainer.impl.MailetConfigImpl;
import org.apache.mailet.Mailet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A parameter of a mailet of ours that nobody knows stops the start. Of James's mailets, {@code PipelineCheck} looks at those. */
class MailetParametersTest {
    @TempDir
    Path home;

    @Test
    void eachMailetOfOursShouldRefuseAnUnknownParameter() {
        List<Class<?>> mailets = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("io.postrider").stream()
                        .filter(type -> type.isAssignableTo(Mailet.class))
                        .filter(type -> !type.getModifiers().contains(JavaModifier.ABSTRACT))
                        .<Class<?>>map(JavaClass::reflect)
                        .toList();
        assertThat(mailets).hasSizeGreaterThan(6);
        try (EngineRig rig = new EngineRig(home, Map.of())) {
            for (Class<?> type : mailets) {
                Mailet mailet = (Mailet) rig.injector().getInstance(type);
                MailetConfigImpl configuration = new MailetConfigImpl();
                configuration.setMailetName(type.getName());
                BaseHierarchicalConfiguration parameters = new BaseHierarchicalConfiguration();
                parameters.addProperty("noSuchParameter", "x");
                configuration.setConfiguration(parameters);

                assertThatThrownBy(() -> mailet.init(configuration))
                        .as(type.getName())
                        .hasMessageContaining("noSuchParameter");
            }
        }
    }
}
