package io.postrider.admin.webadmin;

import io.postrider.dispatch.Sweeper.Report;
import io.postrider.dispatch.Sweeps;
import java.time.Duration;
import java.util.Optional;

/** Comparisons that find one lost delivery each. */
public final class InMemorySweeps implements Sweeps {
    private Optional<Report> last = Optional.empty();

    @Override
    public Optional<Report> last() {
        return last;
    }

    @Override
    public Report run() {
        Report report = new Report(AdminApi.NOW, Duration.ofMillis(12), 3, 1, 0, 0, 0, 0, 1);
        last = Optional.of(report);
        return report;
    }
}
