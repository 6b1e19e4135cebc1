package io.postrider.it;

import io.postrider.mail.MessageId;
import io.postrider.store.sql.SqlStore;
import io.postrider.testkit.AesSecretBox;
import io.postrider.testkit.smtp.SmtpSink.Taken;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.DeliveryState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One life of the process, from a start to a death.
 *
 * @param death what ended it
 * @param over when the process was gone
 * @param recorded what the disk said after that of the deliveries that may still matter
 */
record Life(String death, Instant begun, Instant over, Map<Delivery, DeliveryRow> recorded) {
    /** What the sink got before the death, it may read and answer a little later. */
    private static final Duration LATE = Duration.ofSeconds(2);

    private static final int PAGE = 500;
    /** Ids overlap where one stands behind another character of their alphabet. */
    private static final Pattern ID = Pattern.compile("(?=(01[0-9A-HJKMNP-TV-Z]{24}))");

    /** One recipient of one message. */
    record Delivery(String id, String recipient) {
        static Delivery of(Taken taken) {
            return new Delivery(taken.id(), taken.recipient());
        }
    }

    /** Reads the store of a process that has died, from a copy of its files. */
    static Map<Delivery, DeliveryRow> read(Path home, Path copy, Collection<String> messages) {
        Map<Delivery, DeliveryRow> states = new HashMap<>();
        List<MessageId> ids = messages.stream().map(MessageId::new).toList();
        copy(home.resolve("db"), copy);
        try (SqlStore store = SqlStore.open(copy.resolve("postrider.db"), AesSecretBox.withNewKey())) {
            for (int from = 0; from < ids.size(); from += PAGE) {
                Map<MessageId, List<DeliveryRow>> rows =
                        store.messageLog().deliveries(ids.subList(from, Math.min(ids.size(), from + PAGE)));
                rows.forEach((id, deliveries) -> deliveries.forEach(row ->
                        states.put(new Delivery(id.value(), row.recipient().toString()), row)));
            }
        }
        return states;
    }

    /** Open deliveries whose entry is in no journal: nobody would ever come back to them. */
    List<String> withoutEntry(Path home) {
        List<byte[]> journals = new ArrayList<>();
        for (String queue : List.of("turn", "time")) {
            try (Stream<Path> files = Files.list(home.resolve("queue").resolve(queue))) {
                for (Path file :
                        files.filter(name -> name.toString().endsWith(".log")).toList()) {
                    journals.add(Files.readAllBytes(file));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        Set<String> entries = new HashSet<>();
        journals.forEach(journal -> {
            Matcher ids = ID.matcher(new String(journal, StandardCharsets.ISO_8859_1));
            while (ids.find()) {
                entries.add(ids.group(1));
            }
        });
        return recorded.entrySet().stream()
                .filter(delivery -> !delivery.getValue().state().isFinal())
                .filter(delivery -> delivery.getValue()
                        .owner()
                        .filter(owner -> !entries.contains(owner.value()))
                        .isPresent())
                .map(delivery ->
                        delivery.getKey() + " of " + delivery.getValue().owner() + " when it died " + death)
                .toList();
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
        DeliveryRow row = recorded.get(Delivery.of(first));
        return (row == null || !row.state().isFinal())
                && first.read().isAfter(begun)
                && first.read().isBefore(over.plus(LATE))
                && second.at().isAfter(over);
    }

    /** Deliveries that the disk said were delivered, while the sink had answered no 250 for them. */
    List<String> deliveredWithout(Collection<Taken> taken) {
        var known = taken.stream().map(Delivery::of).collect(Collectors.toSet());
        List<String> wrong = new ArrayList<>();
        recorded.forEach((delivery, row) -> {
            if (row.state() == DeliveryState.DELIVERED && !known.contains(delivery)) {
                wrong.add(delivery + " when it died " + death);
            }
        });
        return wrong;
    }
}
