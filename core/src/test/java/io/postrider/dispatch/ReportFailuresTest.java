package io.postrider.dispatch;

import static io.postrider.dispatch.DispatchFixture.ANNE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.delivery.DeliveryOutcome.Bounced;
import io.postrider.dispatch.DispatchFixture.Written;
import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.simulation.SimulatedMail;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.mail.SmtpReply;
import io.postrider.tenant.BounceReports;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an outcome comes to when it cannot be told, or not in the words of the peer. */
class ReportFailuresTest {
    private static final EmailAddress SENDER = EmailAddress.parse("app@example.com");
    private static final Bounced REFUSED = new Bounced(new SmtpReply(550, "5.1.1 no such mailbox"));

    private final DispatchFixture fixture = new DispatchFixture();

    @BeforeEach
    void wantReports() {
        fixture.wish = BounceReports.FAILURE;
    }

    @Test
    void anOutcomeShouldWaitForAQueueThatDoesNotAnswer() {
        Written entry = fromSender();
        fixture.begin(entry);
        fixture.queue.failure = Optional.of(new QueueUnavailableException("write", new IllegalStateException("full")));
        fixture.answer(ANNE, REFUSED);
        fixture.settle();
        fixture.dispatcher.tick();
        fixture.settle();
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.QUEUED);
        assertThat(fixture.acknowledged).isEmpty();

        fixture.queue.failure = Optional.empty();
        fixture.dispatcher.tick();
        fixture.settle();
        assertThat(fixture.queue.last().mail().recipients()).containsExactly(SENDER);
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.BOUNCED);
        assertThat(fixture.acknowledged).containsExactly(entry.id());
    }

    @Test
    void anOutcomeShouldNotWaitForAReportThatCanNeverBeMade() {
        Written entry = fromSender();
        fixture.begin(entry);
        fixture.queue.failure = Optional.of(new IllegalArgumentException("mailer-daemon@ and a domain of 245 octets"));
        fixture.answer(ANNE, REFUSED);
        fixture.settle();

        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.BOUNCED);
        assertThat(fixture.acknowledged).containsExactly(entry.id());
    }

    @Test
    void aStatusThatContradictsTheCodeOfItsReplyShouldNotBeTold() {
        Written entry = fromSender();
        fixture.begin(entry);
        fixture.answer(ANNE, new Bounced(new SmtpReply(550, "2.0.0 no")));
        fixture.settle();

        String report = new String(
                fixture.queue.contents.get(fixture.queue.last().mail().message()), US_ASCII);
        assertThat(report).contains("Status: 5.0.0\r\n", "Diagnostic-Code: smtp; 550 2.0.0 no\r\n");
    }

    @Test
    void aPostponedDeliveryShouldComeBackNoLaterThanItsTimeEnds() {
        Written entry = fromSender();
        fixture.begin(entry);
        fixture.clock.advance(DispatchFixture.TTL.minusSeconds(1));
        fixture.engine.last().listener().postponed(ANNE, "busy");
        fixture.settle();

        assertThat(fixture.queue.last().due())
                .contains(entry.mail().acceptedAt().plus(DispatchFixture.TTL))
                .isNotEqualTo(Optional.of(fixture.clock.instant().plus(DispatchFixture.POSTPONE)));
    }

    private Written fromSender() {
        MessageId message = MessageId.at(fixture.clock.instant(), fixture.random);
        SimulatedMail mail = new SimulatedMail(
                message, fixture.clock.instant(), false, 0, "app", Optional.of(SENDER), List.of(ANNE));
        fixture.clock.advance(Duration.ofMillis(1));
        fixture.queue.put(EntryId.firstOf(message), message, mail.encode(), Optional.empty());
        fixture.log.append(List.of(new Change.Accepted(mail.accepted(mail.recipients()))));
        return fixture.queue.last();
    }
}
