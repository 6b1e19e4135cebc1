package io.postrider.server.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.io.Resources;
import io.postrider.shaping.ShapingFile;
import io.postrider.shaping.ShapingRule;
import io.postrider.shaping.ShapingRules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keeps the code, the commented files of {@code james-conf} and the reference page in step. */
class ConfigurationDocumentsTest {
    private static final Path SHAPING_PAGE = Path.of("../docs/reference/shaping.md");
    private static final Path PAGE = Path.of("../docs/reference/configuration.md");

    @Test
    void theEmbeddedFilesShouldShowEveryKeyAndItsDefault() throws IOException {
        for (String file : files()) {
            assertThat(sentencesByAssignment(file).keySet())
                    .as(file)
                    .containsExactlyElementsOf(Keys.ALL.stream()
                            .filter(key -> key.file().equals(file))
                            .map(key -> key.name() + "=" + key.defaultText())
                            .toList());
        }
    }

    @Test
    void thePageShouldListEveryKeyAsItsFileExplainsIt() throws IOException {
        List<String> rows = Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| `") && line.contains("POSTRIDER_"))
                .toList();

        assertThat(rows)
                .containsExactlyElementsOf(
                        Keys.ALL.stream().map(ConfigurationDocumentsTest::row).toList());
    }

    @Test
    void theEmbeddedFilesShouldChangeNothingAsTheyStand(@TempDir Path conf) throws IOException {
        for (String file : files()) {
            Files.writeString(conf.resolve(file), embedded(file));
        }

        assertThat(SettingsReader.read(conf, Map.of())).isEqualTo(SettingsReader.read(conf.resolve("none"), Map.of()));
    }

    @Test
    void everyLineOfTheEmbeddedFilesShouldBeReadableWhenItIsUncommented(@TempDir Path conf) throws IOException {
        for (String file : files()) {
            Files.writeString(
                    conf.resolve(file),
                    String.join("\n", sentencesByAssignment(file).keySet()));
        }

        assertThat(SettingsReader.read(conf, Map.of())).isEqualTo(SettingsReader.read(conf.resolve("none"), Map.of()));
    }

    @Test
    void theRulesThatTheShapingFileAndItsPageShowShouldBeReadable() throws IOException {
        List<String> problems = new ArrayList<>();
        Stream<String> file = Splitter.on('\n')
                .splitToStream(embedded("shaping.properties"))
                .filter(line -> line.startsWith("#shaping."))
                .map(line -> line.substring(1));
        Stream<String> page = Files.readAllLines(SHAPING_PAGE).stream().filter(line -> line.startsWith("shaping."));

        ShapingRules rules =
                ShapingFile.read("shaping.properties", Stream.concat(file, page).toList(), problems);

        assertThat(problems).isEmpty();
        assertThat(rules.all()).extracting(ShapingRule::name).containsExactly("ses", "bigmail");
    }

    private static String row(Key<?> key) {
        try {
            String variables = "`" + key.variable() + "`" + (key.secret() ? ", `" + key.fileVariable() + "`" : "");
            String defaultText = key.defaultText().isEmpty() ? "none" : "`" + key.defaultText() + "`";
            String sentence = sentencesByAssignment(key.file()).get(key.name() + "=" + key.defaultText());
            return "| `" + key.name() + "` | " + variables + " | " + defaultText + " | " + sentence + " |";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Each {@code key=value} of a file, without the comment sign, and the comment above it. */
    private static Map<String, String> sentencesByAssignment(String file) throws IOException {
        Map<String, String> sentences = new LinkedHashMap<>();
        StringBuilder sentence = new StringBuilder();
        for (String line : Splitter.on('\n').split(embedded(file))) {
            if (line.startsWith("# ")) {
                sentence.append(sentence.isEmpty() ? "" : " ").append(line.substring(2));
            } else {
                if (line.startsWith("#")) {
                    sentences.put(line.substring(1), sentence.toString());
                }
                sentence.setLength(0);
            }
        }
        return sentences;
    }

    private static String embedded(String file) throws IOException {
        return Resources.toString(Resources.getResource("embedded/" + file), UTF_8);
    }

    private static List<String> files() {
        return Keys.ALL.stream().map(Key::file).distinct().toList();
    }
}
