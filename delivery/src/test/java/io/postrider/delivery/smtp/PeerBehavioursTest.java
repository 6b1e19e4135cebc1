package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What odd peers do, and what comes of it. */
@Timeout(30)
class PeerBehavioursTest {
    private static final Path TABLE = Path.of("..", "docs", "reference", "peers.md");
    private static final String HEAD = "| # | stage | what the peer does | state | retry | in the trace |";

    static Stream<PeerBehaviour> behaviours() {
        return PeerBehaviours.all().stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("behaviours")
    void deliverShouldDoWhatTheTableSays(PeerBehaviour behaviour) {
        behaviour.check();
    }

    @Test
    void theDocumentShouldHoldEachRow() throws IOException {
        List<PeerBehaviour> all = PeerBehaviours.all();
        String table = IntStream.range(0, all.size())
                .mapToObj(i -> all.get(i).row(i + 1))
                .collect(Collectors.joining("\n", HEAD + "\n|---|---|---|---|---|---|\n", "\n"));

        String document = Files.readString(TABLE);

        assertThat(document).as("put this into %s:%n%s", TABLE, table).contains(table);
    }
}
