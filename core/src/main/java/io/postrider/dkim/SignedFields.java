package io.postrider.dkim;

import io.postrider.mail.HeaderField;
import io.postrider.mail.RawMessage;
import io.postrider.route.HeaderSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The names that go into {@code h=}, each with the occurrence that it stands for. Occurrences of a name count from the bottom (<a
 * href="https://datatracker.ietf.org/doc/html/rfc6376#section-5.4.2">RFC 6376, section 5.4.2</a>); a name more than there are occurrences
 * oversigns: nobody can add one later.
 */
record SignedFields(List<Entry> entries) {
    /** @param field none where the name oversigns */
    record Entry(String name, Optional<HeaderField> field) {}

    private static final Set<String> OVERSIGNED = Set.of("from", "subject", "to", "date", "reply-to");
    private static final Set<String> WHEN_PRESENT = Set.of(
            "cc",
            "message-id",
            "mime-version",
            "content-type",
            "content-transfer-encoding",
            "in-reply-to",
            "references",
            "feedback-id",
            // Ours: a redacted feedback report that still has it names the message, and the signature says that it is
            // not forged.
            "x-postrider-id");
    private static final Set<String> REWRITTEN_BY_SES = Set.of("date", "message-id");

    static SignedFields of(RawMessage message, HeaderSet set) {
        Map<String, List<HeaderField>> present = new LinkedHashMap<>();
        for (String name : List.of("from", "to", "subject", "date", "reply-to")) {
            if (isSigned(name, set)) {
                present.put(name, new ArrayList<>());
            }
        }
        for (HeaderField field : message.fields()) {
            String name = field.name().toLowerCase(Locale.ROOT);
            if (isSigned(name, set)) {
                present.computeIfAbsent(name, any -> new ArrayList<>()).add(field);
            }
        }
        List<Entry> entries = new ArrayList<>();
        present.forEach((name, fields) -> {
            Collections.reverse(fields);
            fields.forEach(field -> entries.add(new Entry(name, Optional.of(field))));
            if (OVERSIGNED.contains(name)) {
                entries.add(new Entry(name, Optional.empty()));
            }
        });
        return new SignedFields(entries);
    }

    private static boolean isSigned(String name, HeaderSet set) {
        if (set == HeaderSet.SES && REWRITTEN_BY_SES.contains(name)) {
            return false;
        }
        return OVERSIGNED.contains(name) || WHEN_PRESENT.contains(name) || name.startsWith("list-");
    }
}
