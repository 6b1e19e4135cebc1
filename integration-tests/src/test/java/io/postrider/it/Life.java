package io.postrider.it;

import io.postrider.mail.MessageId;
import io.postrider.store.sql.SqlStore;
import io.postrider.testkit.AesSecretBox;
import io.postrider.testkit.smtp.SmtpSink.Taken;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One life of the process, from a start to a death.
 *
 * @param death what ended it
 * @param over when the process was gone
 * @param recorded what the disk said after that of the deliveries that had got a 250 in this life, or were final
 */
record Life(String death, Instant begun, Instant over, Map<Delivery, DeliveryState> recorded) {
    /** What the sink got before the death, it may read and answer a little later. */
    private static final Duration LATE = Duration.ofSeconds(2);

    private static final int PAGE = 500;

    /** One recipient of one message. */
    record Delivery(String id, String recipient) {
        static Delivery of(Taken taken) {
            return new Delivery(taken.id(), taken.recipient());
        }
    }

    /** Reads the store of a process that has died, from a copy of its files. */
    static Map<Delivery, DeliveryState> read(Path home, Path copy, Collection<String> messages) {
        Map<Delivery, DeliveryState> states = new HashMap<>();
        List<MessageId> ids = messages.stream().map(MessageId::new).toList();
        copy(home.resolve("db"), copy);
        try (SqlStore store = SqlStore.open(copy.resolve("postrider.db"), AesSecretBox.withNewKey())) {
            for (int from = 0; from < ids.size(); from += PAGE) {
                Map<MessageId, List<DeliveryRow>> rows =
                        store.messageLog().deliveries(ids.subList(from, Math.min(ids.size(), from + PAGE)));
                rows.forEach((id, deliveries) -> deliveries.forEach(row ->
                        states.put(new Delivery(id.value(), row.recipient().toString()), row.state())));
            }
        }
        return states;
    }

    private static void copy(Path from, Path to) {
        try {
            Files.createDirectories(to);
            try (Stream<Path> files = Files.list(from)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    // The index of the log is made anew from the log.
                    if (!file.getFileName().toString().endsWith("-shm")) {
                        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            }
            Files.deleteIfExists(to.resolve("postrider.db-shm"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the mail was sent twice because this life ended between the 250 and its record on disk. */
    boolean explains(Taken first, Taken second) {
        DeliveryState state = recorded.get(Delivery.of(first));
        return (state == null || !state.isFinal())
                && first.read().isAfter(begun)
                && first.read().isBefore(over.plus(LATE))
                && second.at().isAfter(over);
    }

    /** Deliveries that the disk said were delivered, while the sink had answered no 250 for them. */
    List<String> deliveredWithout(Collection<Taken> taken) {
        var known = taken.stream().map(Delivery::of).collect(Collectors.toSet());
        List<String> wrong = new ArrayList<>();
        recorded.forEach((delivery, state) -> {
            if (state == DeliveryState.DELIVERED && !known.contains(delivery)) {
                wrong.add(delivery + " when it died " + death);
            }
        });
        return wrong;
    }
}
