package io.postrider.server.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.status.Status;
import com.google.common.io.Resources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a new home that are not settings: does what reads them accept them? */
class EmbeddedFilesTest {
    @TempDir
    Path home;

    @Test
    void theLogShouldGoToTheHomeAndKeepAPeerFromForgingLines() throws Exception {
        Path file = home.resolve("logback.xml");
        Files.write(file, Resources.toByteArray(Resources.getResource("embedded/logback.xml")));
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        context.putProperty("postrider.home", home.toString());
        context.putProperty("postrider.console", "OFF");
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(file.toFile());

        context.getLogger("io.postrider.Test").info("said: {}", "hello\r\n2026-11-25T00:00:00.000Z ERROR forged");
        context.getLogger("io.postrider.Test").debug("not shown");
        context.getLogger("org.apache.activemq.broker.Test").info("not shown either");
        context.stop();

        assertThat(context.getStatusManager().getCopyOfStatusList())
                .filteredOn(status -> status.getEffectiveLevel() >= Status.WARN)
                .isEmpty();
        assertThat(Files.readAllLines(home.resolve("logs/postrider.log")))
                .singleElement()
                .asString()
                .matches("\\S+Z INFO  \\[main] io.postrider.Test - said: hello \\| 2026\\S+ ERROR forged");
    }

    @Test
    void theFlagsShouldBeThoseOfAVirtualMachine() throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        Resources.readLines(Resources.getResource("embedded/jvm.options"), UTF_8).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.replace("{home}", home.toString()))
                .forEach(command::add);
        command.add("-version");

        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).doesNotContain("warning");
    }
}
