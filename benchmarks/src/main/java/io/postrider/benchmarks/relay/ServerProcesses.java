package io.postrider.benchmarks.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A process and all that come from it, as Linux's {@code /proc} shows them. The CPU time of children that have ended is in their parents'. Readings are of one
 * moment; a process that ends meanwhile is left out.
 */
final class ServerProcesses {
    private static final double TICKS_PER_SECOND = 100; // USER_HZ, the same on all Linux
    private static final double KIB_PER_MIB = 1024;
    private static final int PARENT = 1; // of the words behind the name in "stat"
    private static final int FIRST_TIME = 11;
    private static final int LAST_TIME = 14;

    private final Set<Long> roots;

    ServerProcesses(Set<Long> roots) {
        this.roots = Set.copyOf(roots);
    }

    /** User and system time of all, in seconds. */
    double cpuSeconds() throws IOException {
        Map<Long, String[]> all = stats();
        double ticks = 0;
        for (long pid : family(all)) {
            String[] stat = all.get(pid);
            for (int i = FIRST_TIME; i <= LAST_TIME; i++) {
                ticks += Double.parseDouble(stat[i]);
            }
        }
        return ticks / TICKS_PER_SECOND;
    }

    /** The memory of all in MiB; pages that several share count once. */
    double memoryMib() throws IOException {
        double kib = 0;
        for (long pid : family(stats())) {
            try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "smaps_rollup"))) {
                kib += lines.filter(line -> line.startsWith("Pss:"))
                        .mapToDouble(line -> Double.parseDouble(line.split("\\s+")[1]))
                        .sum();
            } catch (IOException | java.io.UncheckedIOException e) {
                // it has ended
            }
        }
        return kib / KIB_PER_MIB;
    }

    private Set<Long> family(Map<Long, String[]> all) {
        Map<Long, List<Long>> children = new HashMap<>();
        all.forEach((pid, stat) -> children.computeIfAbsent(Long.parseLong(stat[PARENT]), any -> new ArrayList<>())
                .add(pid));
        Set<Long> family = new HashSet<>();
        List<Long> toCome = new ArrayList<>(roots);
        while (!toCome.isEmpty()) {
            long pid = toCome.remove(toCome.size() - 1);
            if (all.containsKey(pid) && family.add(pid)) {
                toCome.addAll(children.getOrDefault(pid, List.of()));
            }
        }
        return family;
    }

    private static Map<Long, String[]> stats() throws IOException {
        Map<Long, String[]> all = new HashMap<>();
        try (Stream<Path> directories = Files.list(Path.of("/proc"))) {
            for (Path directory : (Iterable<Path>) directories::iterator) {
                String name = directory.getFileName().toString();
                if (!name.isEmpty() && Character.isDigit(name.charAt(0))) {
                    try {
                        String stat = Files.readString(directory.resolve("stat"));
                        all.put(
                                Long.parseLong(name),
                                stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
                    } catch (NoSuchFileException e) {
                        // it has ended
                    } catch (IOException e) {
                        // it ended while it was read
                    }
                }
            }
        }
        return all;
    }
}
