package io.postrider.delivery.smtp;

import java.util.ArrayList;
import java.util.List;

/** How the trace writes down what was said: {@code > } ours, {@code < } the peer's, {@code * } a remark. */
final class Talk {
    static final int MAX_LINES = 100;
    static final int MAX_LINE_LENGTH = 1000;

    private Talk() {}

    static void sent(List<String> talk, String line) {
        talk.add(cut("> " + line));
    }

    static void received(List<String> talk, ServerReply reply) {
        for (String line : reply.lines()) {
            talk.add(cut("< " + line));
        }
    }

    static void remark(List<String> talk, String text) {
        talk.add(cut("* " + text));
    }

    /** Joins parts of a talk; of one that is too long, the beginning and the end are kept. */
    static List<String> joined(List<List<String>> parts) {
        List<String> all = new ArrayList<>();
        parts.forEach(all::addAll);
        if (all.size() <= MAX_LINES) {
            return all;
        }
        int tail = MAX_LINES / 2 - 1;
        int head = MAX_LINES - tail - 1;
        List<String> kept = new ArrayList<>(all.subList(0, head));
        remark(kept, (all.size() - head - tail) + " lines left out");
        kept.addAll(all.subList(all.size() - tail, all.size()));
        return kept;
    }

    private static String cut(String line) {
        return line.length() > MAX_LINE_LENGTH ? line.substring(0, MAX_LINE_LENGTH - 1) + "…" : line;
    }
}
