package io.postrider.dispatch.webadmin;

import io.postrider.admin.webadmin.Json;
import io.postrider.dispatch.Sweeper.Report;
import io.postrider.dispatch.Sweeps;
import java.time.Instant;
import java.util.Optional;
import javax.inject.Inject;
import org.apache.james.webadmin.Routes;
import spark.Request;
import spark.Response;
import spark.Service;

/** {@code /sweeper}: whether each delivery has a place in the queue, and what was done about those that had none. */
public final class SweeperRoutes implements Routes {
    private final Sweeps sweeps;

    @Inject
    public SweeperRoutes(Sweeps sweeps) {
        this.sweeps = sweeps;
    }

    @Override
    public String getBasePath() {
        return "/sweeper";
    }

    @Override
    public void define(Service service) {
        service.get(
                getBasePath(),
                Json.answer((request, response) -> new LastView(sweeps.last().map(RunView::of))));
        service.post(getBasePath() + "/run", Json.answer(this::run));
    }

    private Object run(Request request, Response response) {
        Json.readNothing(request);
        return RunView.of(sweeps.run());
    }

    private record LastView(Optional<RunView> lastRun) {}

    private record RunView(
            Instant at,
            long durationMs,
            boolean alarm,
            int checked,
            int lost,
            int stuck,
            long adopted,
            int orphans,
            int unknownMails,
            long withoutMail) {
        static RunView of(Report report) {
            return new RunView(
                    report.at(),
                    report.duration().toMillis(),
                    report.isAlarm(),
                    report.checked(),
                    report.lost(),
                    report.stuck(),
                    report.adopted(),
                    report.orphans(),
                    report.unknownMails(),
                    report.withoutMail());
        }
    }
}
