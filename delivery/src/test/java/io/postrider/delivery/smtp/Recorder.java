package io.postrider.delivery.smtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.EmailAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** Hears what became of recipients. */
final class Recorder implements DeliveryEngine.Listener {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration POLL = Duration.ofMillis(2);

    record Report(EmailAddress recipient, Optional<Attempt> attempt, String postponed) {}

    private final List<Report> reports = new CopyOnWriteArrayList<>();

    @Override
    public void attempted(EmailAddress recipient, Attempt attempt) {
        reports.add(new Report(recipient, Optional.of(attempt), ""));
    }

    @Override
    public void postponed(EmailAddress recipient, String reason) {
        reports.add(new Report(recipient, Optional.empty(), reason));
    }

    List<Report> reports() {
        return List.copyOf(reports);
    }

    Recorder awaits(int count) {
        await().pollInterval(POLL)
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(reports).hasSizeGreaterThanOrEqualTo(count));
        assertThat(reports).hasSize(count);
        return this;
    }

    Report of(EmailAddress recipient) {
        return reports.stream()
                .filter(report -> report.recipient().equals(recipient))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nothing was heard of " + recipient + ", only of " + reports));
    }

    Attempt attempt(EmailAddress recipient) {
        Report report = of(recipient);
        return report.attempt().orElseThrow(() -> new AssertionError("postponed: " + report.postponed()));
    }

    DeliveryOutcome outcome(EmailAddress recipient) {
        return attempt(recipient).outcome();
    }

    DeliveryOutcome.Deferred deferred(EmailAddress recipient) {
        DeliveryOutcome outcome = outcome(recipient);
        assertThat(outcome).isInstanceOf(DeliveryOutcome.Deferred.class);
        return (DeliveryOutcome.Deferred) outcome;
    }

    DeliveryOutcome.Bounced bounced(EmailAddress recipient) {
        DeliveryOutcome outcome = outcome(recipient);
        assertThat(outcome).isInstanceOf(DeliveryOutcome.Bounced.class);
        return (DeliveryOutcome.Bounced) outcome;
    }

    DeliveryOutcome.Delivered delivered(EmailAddress recipient) {
        DeliveryOutcome outcome = outcome(recipient);
        assertThat(outcome).isInstanceOf(DeliveryOutcome.Delivered.class);
        return (DeliveryOutcome.Delivered) outcome;
    }
}
