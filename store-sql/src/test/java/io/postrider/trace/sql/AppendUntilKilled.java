package io.postrider.trace.sql;

import static io.postrider.testkit.Fixtures.BOB;
import static io.postrider.testkit.Fixtures.CAROL;
import static io.postrider.testkit.Fixtures.accepted;
import static io.postrider.testkit.Fixtures.delivered;
import static io.postrider.testkit.Fixtures.newId;

import io.postrider.mail.MessageId;
import io.postrider.store.sql.SqlStore;
import io.postrider.testkit.AesSecretBox;
import io.postrider.trace.Change;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process that appends for ever, and says what was acknowledged: a line of message ids for each batch. */
final class AppendUntilKilled {
    private static final int BATCH = 10;

    private AppendUntilKilled() {}

    /** @param arguments the database file */
    public static void main(String[] arguments) {
        PrintStream acknowledged = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        try (SqlStore store = SqlStore.open(Path.of(arguments[0]), AesSecretBox.withNewKey())) {
            while (!acknowledged.checkError()) {
                List<Change> changes = new ArrayList<>();
                List<String> ids = new ArrayList<>();
                for (int i = 0; i < BATCH; i++) {
                    MessageId id = newId();
                    ids.add(id.value());
                    changes.add(accepted(id, BOB, CAROL));
                    changes.add(delivered(id, BOB, 1));
                    changes.add(delivered(id, CAROL, 1));
                }
                store.messageLog().append(changes);
                acknowledged.println(String.join(" ", ids));
            }
        }
    }
}
