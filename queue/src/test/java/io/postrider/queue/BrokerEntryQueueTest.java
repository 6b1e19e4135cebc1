package io.postrider.queue;

import static io.postrider.testkit.Fixtures.BOB;
import static io.postrider.testkit.Fixtures.CAROL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.mail.MessageId;
import io.postrider.testkit.Fixtures;
import io.postrider.testkit.MutableClock;
import io.postrider.trace.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.apache.james.metrics.api.NoopGaugeRegistry;
import org.apache.james.metrics.tests.RecordingMetricFactory;
import org.apache.james.queue.api.MailQueueFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The queue as what decides about a mail's fate sees it. */
class BrokerEntryQueueTest {
    private static final MessageId ID = Fixtures.newId();
    private static final EntryId FIRST = EntryId.firstOf(ID);
    private static final EntryId SECOND = new EntryId("second");

    @RegisterExtension
    final QueueExtension queues = new QueueExtension();

    private static Instant inAnHour() {
        return Instant.now().plus(Duration.ofHours(1));
    }

    @Test
    void findWaitingShouldFindWhatWasPutForThatTime() throws Exception {
        Instant due = inAnHour();
        queues.entries().put(SECOND, ID, TestMails.entry(ID, BOB, CAROL), Optional.of(due));

        var found = queues.entries().findWaiting(SECOND, due).orElseThrow();

        assertThat(found.content()).isEqualTo(TestMails.content());
        assertThat(found.accepted(List.of(BOB)).recipients()).containsExactly(BOB);
        assertThat(found.accepted(List.of(BOB)).id()).isEqualTo(ID);
    }

    @Test
    void findWaitingShouldTellApartEntriesOfTheSameTime() throws Exception {
        Instant due = inAnHour();
        MessageId other = Fixtures.newId();
        queues.entries().put(SECOND, ID, TestMails.entry(ID, BOB), Optional.of(due));
        queues.entries().put(new EntryId("third"), other, TestMails.entry(other, BOB), Optional.of(due));

        assertThat(queues.entries()
                        .findWaiting(new EntryId("third"), due)
                        .orElseThrow()
                        .accepted(List.of(BOB))
                        .id())
                .isEqualTo(other);
        assertThat(queues.entries().findWaiting(new EntryId("fourth"), due)).isEmpty();
        assertThat(queues.entries().findWaiting(SECOND, due.plusSeconds(60))).isEmpty();
    }

    @Test
    void findWaitingShouldFindItAfterARestart() throws Exception {
        Instant due = inAnHour();
        queues.entries().put(SECOND, ID, TestMails.entry(ID, BOB), Optional.of(due));

        queues.stop();
        queues.start();

        assertThat(queues.entries().findWaiting(SECOND, due).orElseThrow().content())
                .isEqualTo(TestMails.content());
    }

    @Test
    void removeWaitingShouldRemoveThatOneForGood() throws Exception {
        Instant due = inAnHour();
        queues.entries().put(SECOND, ID, TestMails.entry(ID, BOB), Optional.of(due));
        queues.entries().put(new EntryId("third"), ID, TestMails.entry(ID, CAROL), Optional.of(due));

        queues.entries().removeWaiting(SECOND, due);
        queues.stop();
        queues.start();

        assertThat(queues.entries().findWaiting(SECOND, due)).isEmpty();
        assertThat(queues.entries().findWaiting(new EntryId("third"), due)).isPresent();
    }

    @Test
    void removeWaitingShouldDoNothingWhenItIsNotThere() {
        queues.entries().removeWaiting(SECOND, inAnHour());

        assertThat(queues.entries().findWaiting(SECOND, inAnHour())).isEmpty();
    }

    @Test
    void findQueuedShouldFindWhatWaitsForItsTurn() throws Exception {
        queues.entries().put(FIRST, ID, TestMails.entry(ID, BOB), Optional.empty());

        assertThat(queues.entries().findQueued(FIRST).orElseThrow().content()).isEqualTo(TestMails.content());
        assertThat(queues.entries().findQueued(SECOND)).isEmpty();
    }

    @Test
    void findQueuedShouldNotTakeTheEntryAway() throws Exception {
        queues.entries().put(FIRST, ID, TestMails.entry(ID, BOB), Optional.empty());

        queues.entries().findQueued(FIRST);

        assertThat(queues.entries().findQueued(FIRST)).isPresent();
    }

    @Test
    void findQueuedShouldFindWhatAConsumerHoldsAndNobodyAskedForYet() throws Exception {
        BrokerMailQueueFactory factory = queues.factory(new RecordingMetricFactory(), new NoopGaugeRegistry());
        try {
            var queue = factory.createQueue(MailQueueFactory.SPOOL);
            queue.enQueue(TestMails.plain("first"));
            queues.entries().put(FIRST, ID, TestMails.entry(ID, BOB), Optional.empty());
            Taker.of(queue).take();

            assertThat(queues.entries().findQueued(FIRST).orElseThrow().content())
                    .isEqualTo(TestMails.content());
        } finally {
            factory.close();
        }
    }

    @Test
    void findWaitingShouldNotSeeWhatWaitsForItsTurnAndTheOtherWayRound() throws Exception {
        Instant due = inAnHour();
        queues.entries().put(FIRST, ID, TestMails.entry(ID, BOB), Optional.empty());
        queues.entries().put(SECOND, ID, TestMails.entry(ID, BOB), Optional.of(due));

        assertThat(queues.entries().findWaiting(FIRST, due)).isEmpty();
        assertThat(queues.entries().findQueued(SECOND)).isEmpty();
    }

    @Test
    void putShouldSayThatTheQueueIsUnavailableWhenTheBrokerIsGone() throws Exception {
        byte[] entry = TestMails.entry(ID, BOB);
        queues.broker().close();

        assertThatThrownBy(() -> queues.entries().put(FIRST, ID, entry, Optional.empty()))
                .isInstanceOf(QueueUnavailableException.class)
                .hasMessageContaining(FIRST.value());
    }

    @Test
    void theDueTimeShouldBeKeptToTheMillisecond() throws Exception {
        // Rounded one by one, the time of now and the time left lose a millisecond together.
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS).plusNanos(600_000);
        Instant due = now.plus(Duration.ofHours(1)).plusNanos(800_000);
        try (BrokerEntryQueue entries = new BrokerEntryQueue(queues.broker(), 1, new MutableClock(now))) {
            entries.put(SECOND, ID, TestMails.entry(ID, BOB), Optional.of(due));

            var waiting = entries.queue("spool").time().find(SECOND, due).orElseThrow();
            assertThat(EntryMessage.due(waiting.message())).hasValue(due.truncatedTo(ChronoUnit.MILLIS));
        }
    }

    @Test
    void aDueTimeThatIsOverShouldMeanAtOnce() throws Exception {
        Instant due = Instant.now().minusSeconds(5);
        queues.entries().put(SECOND, ID, TestMails.entry(ID, BOB), Optional.of(due));

        assertThat(queues.entries().findQueued(SECOND)).isPresent();
    }
}
