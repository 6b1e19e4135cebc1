package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.james.metrics.api.NoopGaugeRegistry;
import org.apache.james.metrics.tests.RecordingMetricFactory;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.MailQueueName;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueItemView;
import org.apache.james.queue.api.ManageableMailQueue.MailQueueIterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What an admin does to a queue of plain mails. Messages of ours are the matter of the server's tests, as a store must know them. */
class QueueAdminTest {
    private static final Duration LONG = Duration.ofHours(1);

    @RegisterExtension
    final QueueExtension queues = new QueueExtension();

    private BrokerMailQueueFactory factory;
    private ManageableMailQueue queue;

    @BeforeEach
    void createQueue() {
        factory = queues.factory(new RecordingMetricFactory(), new NoopGaugeRegistry());
        queue = factory.createQueue(MailQueueFactory.SPOOL);
    }

    @AfterEach
    void closeFactory() {
        factory.close();
    }

    private List<MailQueueItemView> browse() throws Exception {
        List<MailQueueItemView> views = new ArrayList<>();
        MailQueueIterator iterator = queue.browse();
        try {
            iterator.forEachRemaining(views::add);
        } finally {
            iterator.close();
        }
        return views;
    }

    private List<String> names() throws Exception {
        return browse().stream().map(view -> view.getMail().getName()).toList();
    }

    @Test
    void browseShouldShowWhatWaitsForItsTurnAndThenWhatWaitsForItsTime() throws Exception {
        ZonedDateTime before = ZonedDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MILLIS);
        queue.enQueue(TestMails.plain("later"), LONG);
        queue.enQueue(TestMails.plain("one"));
        queue.enQueue(TestMails.plain("two"));

        List<MailQueueItemView> views = browse();

        assertThat(views).extracting(view -> view.getMail().getName()).containsExactly("one", "two", "later");
        assertThat(views.get(0).getNextDelivery()).isEmpty();
        assertThat(views.get(2).getNextDelivery())
                .hasValueSatisfying(next -> assertThat(next)
                        .isBetween(
                                before.plus(LONG),
                                ZonedDateTime.now(ZoneOffset.UTC).plus(LONG)));
    }

    @Test
    void browseShouldShowAnEmptyQueueThatNobodyUsedYet() throws Exception {
        assertThat(browse()).isEmpty();
        assertThat(queue.getSize()).isZero();
    }

    @Test
    void browseShouldShowMoreThanOnePageOfTheBroker() throws Exception {
        for (int i = 0; i < 450; i++) {
            queue.enQueue(TestMails.plain("mail-" + i));
        }

        assertThat(browse()).hasSize(450);
    }

    @Test
    void queuesShouldNotSeeTheMailsOfEachOther() throws Exception {
        ManageableMailQueue other = factory.createQueue(MailQueueName.of("other"));
        other.enQueue(TestMails.plain("theirs"));
        other.enQueue(TestMails.plain("theirs, later"), LONG);
        queue.enQueue(TestMails.plain("ours"));

        assertThat(names()).containsExactly("ours");
        assertThat(queue.clear()).isOne();
        assertThat(queue.flush()).isZero();
        assertThat(other.getSize()).isEqualTo(2);
        assertThat(other.clear()).isEqualTo(2);
        assertThat(other.getSize()).isZero();
    }

    @Test
    void removeShouldGoByName() throws Exception {
        fill();

        assertThat(queue.remove(ManageableMailQueue.Type.Name, "two")).isOne();
        assertThat(queue.remove(ManageableMailQueue.Type.Name, "later")).isOne();

        assertThat(names()).containsExactly("one", "three");
    }

    @Test
    void removeShouldGoBySenderInAnyCase() throws Exception {
        fill();

        assertThat(queue.remove(ManageableMailQueue.Type.Sender, "ALICE@sender.example"))
                .isEqualTo(2);

        assertThat(names()).containsExactly("two", "three");
    }

    @Test
    void removeShouldGoByRecipientInAnyCase() throws Exception {
        fill();

        assertThat(queue.remove(ManageableMailQueue.Type.Recipient, "carol@EXAMPLE.net"))
                .isEqualTo(2);

        assertThat(names()).containsExactly("one", "two");
    }

    @Test
    void removeShouldRemoveNothingThatDoesNotMatch() throws Exception {
        fill();

        assertThat(queue.remove(ManageableMailQueue.Type.Name, "four")).isZero();

        assertThat(names()).containsExactly("one", "two", "three", "later");
    }

    private void fill() throws Exception {
        queue.enQueue(TestMails.plain("one", "alice@sender.example", "bob@example.com"));
        queue.enQueue(TestMails.plain("two", "eve@sender.example", "bob@example.com"));
        queue.enQueue(TestMails.plain("three", "eve@sender.example", "carol@example.net"));
        queue.enQueue(TestMails.plain("later", "alice@sender.example", "carol@example.net"), LONG);
    }

    @Test
    void clearShouldRemoveEverythingForGood() throws Exception {
        fill();

        assertThat(queue.clear()).isEqualTo(4);

        assertThat(browse()).isEmpty();
        factory.close();
        queues.stop();
        queues.start();
        createQueue();
        assertThat(browse()).isEmpty();
    }

    @Test
    void flushShouldBringForwardWhatWaitsForItsTime() throws Exception {
        queue.enQueue(TestMails.plain("later"), LONG);
        queue.enQueue(TestMails.plain("much later"), LONG.multipliedBy(2));

        assertThat(queue.flush()).isEqualTo(2);

        assertThat(browse()).extracting(MailQueueItemView::getNextDelivery).containsOnly(Optional.empty());
        assertThat(Taker.of(queue).takeNames(2)).containsExactlyInAnyOrder("later", "much later");
        assertThat(queue.flush()).isZero();
    }

    @Test
    void sizeShouldCountWhatIsInWorkAndWhatWaitsForItsTime() throws Exception {
        queue.enQueue(TestMails.plain("one"));
        queue.enQueue(TestMails.plain("two"));
        queue.enQueue(TestMails.plain("later"), LONG);

        Taker.of(queue).take();

        assertThat(queue.getSize()).isEqualTo(3);
    }
}
