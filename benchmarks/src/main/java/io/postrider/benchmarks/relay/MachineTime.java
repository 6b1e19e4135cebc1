package io.postrider.benchmarks.relay;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * CPU time of the whole machine since its start, in seconds.
 *
 * @param busy on work
 * @param all on work or on nothing
 */
record MachineTime(double busy, double all) {
    private static final double TICKS_PER_SECOND = 100;
    private static final int FIELDS = 8;
    private static final int IDLE = 3;
    private static final int WAITING = 4;

    static MachineTime now() throws IOException {
        String[] words;
        try (var lines = Files.lines(Path.of("/proc/stat"))) {
            words = lines.findFirst().orElseThrow().trim().split("\\s+");
        }
        double busy = 0;
        double all = 0;
        for (int i = 0; i < FIELDS; i++) {
            double seconds = Double.parseDouble(words[i + 1]) / TICKS_PER_SECOND;
            all += seconds;
            busy += i == IDLE || i == WAITING ? 0 : seconds;
        }
        return new MachineTime(busy, all);
    }

    /** The part of the machine that was busy with something else than what is accounted for. */
    double shareBeside(MachineTime earlier, double accounted) {
        return Math.max(0, (busy - earlier.busy - accounted) / Math.max(0.01, all - earlier.all));
    }
}
