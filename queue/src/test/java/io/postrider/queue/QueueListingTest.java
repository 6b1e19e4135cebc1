package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.dispatch.Queues.Entry;
import io.postrider.dispatch.Queues.State;
import io.postrider.dispatch.Queues.Status;
import io.postrider.store.Page;
import io.postrider.testkit.Fixtures;
import io.postrider.trace.EntryId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.mail.MessagingException;
import org.apache.activemq.broker.Connection;
import org.apache.james.metrics.api.NoopGaugeRegistry;
import org.apache.james.metrics.tests.RecordingMetricFactory;
import org.apache.james.queue.api.MailPrioritySupport;
import org.apache.james.queue.api.MailQueue.MailQueueItem.CompletionStatus;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.james.server.core.MailImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a queue stands, and what is in it, a page at a time. */
class QueueListingTest {
    private static final Duration LONG = Duration.ofHours(1);

    @RegisterExtension
    final QueueExtension queues = new QueueExtension(1 << 20);

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

    private Status status() {
        return factory.find("spool").orElseThrow();
    }

    private Page<Entry> page(Optional<State> state, int limit, Optional<String> cursor) {
        return factory.entries("spool", state, limit, cursor).orElseThrow();
    }

    private static List<String> names(Page<Entry> page) {
        return page.items().stream().flatMap(entry -> entry.name().stream()).toList();
    }

    private List<String> names(State state) {
        return names(page(Optional.of(state), 100, Optional.empty()));
    }

    private static MailImpl withPriority(String name, int priority) throws MessagingException {
        MailImpl mail = TestMails.plain(name);
        mail.setAttribute(new org.apache.mailet.Attribute(
                MailPrioritySupport.MAIL_PRIORITY, org.apache.mailet.AttributeValue.of(priority)));
        return mail;
    }

    @Test
    void anEmptyQueueShouldHaveNoAge() {
        assertThat(status()).isEqualTo(new Status("spool", 0, 0, 0, 0, Optional.empty(), Optional.empty()));
        assertThat(factory.all()).containsExactly(status());
        assertThat(factory.find("other")).isEmpty();
        assertThat(factory.entries("other", Optional.empty(), 1, Optional.empty()))
                .isEmpty();
    }

    @Test
    void eachStateShouldBeCountedAndListed() throws Exception {
        Instant before = Instant.now();
        queue.enQueue(TestMails.plain("in work"));
        queue.enQueue(TestMails.plain("waiting"));
        queue.enQueue(TestMails.plain("later"), LONG);
        var item = Taker.of(queue).take();

        Status status = status();
        assertThat(status.waiting()).isOne();
        assertThat(status.inWork()).isOne();
        assertThat(status.delayed()).isOne();
        assertThat(status.size()).isEqualTo(3);
        assertThat(status.oldest())
                .hasValueSatisfying(age -> assertThat(age)
                        .isLessThanOrEqualTo(
                                Duration.between(before, Instant.now()).plusMillis(1)));
        assertThat(status.nextDue())
                .hasValueSatisfying(due -> assertThat(due)
                        .isBetween(
                                before.plus(LONG).minusMillis(1),
                                Instant.now().plus(LONG).plusSeconds(1)));
        assertThat(names(State.IN_WORK)).containsExactly("in work");
        assertThat(names(State.WAITING)).containsExactly("waiting");
        assertThat(names(State.DELAYED)).containsExactly("later");

        item.done(CompletionStatus.SUCCESS);
        assertThat(status().inWork()).isZero();
        assertThat(names(State.IN_WORK)).isEmpty();
    }

    @Test
    void anEntryThatStaysShouldComeExactlyOnceWhateverElseComesAndGoes() throws Exception {
        for (int i = 0; i < 6; i++) {
            queue.enQueue(TestMails.plain("turn-" + i));
            queue.enQueue(TestMails.plain("time-" + i), LONG.plusMinutes(i));
        }
        List<String> seen = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        int pages = 0;
        do {
            Page<Entry> page = page(Optional.empty(), 2, cursor);
            seen.addAll(names(page));
            cursor = page.nextCursor();
            // What was seen goes, and new ones come before and behind.
            queue.remove(
                    ManageableMailQueue.Type.Name,
                    names(page).isEmpty() ? "" : names(page).get(1));
            queue.enQueue(withPriority("new-" + pages, 9));
            pages++;
        } while (cursor.isPresent());

        assertThat(seen)
                .containsExactly(
                        "turn-0", "turn-1", "turn-2", "turn-3", "turn-4", "turn-5", "time-0", "time-1", "time-2",
                        "time-3", "time-4", "time-5");
    }

    @Test
    void aCursorOfAnotherListShouldBeRefused() {
        for (String cursor : List.of("", "turn.1", "turn.10.1", "time.a.1.1", "7")) {
            assertThatThrownBy(() -> page(Optional.empty(), 1, Optional.of(cursor)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("'" + cursor + "'");
        }
    }

    @Test
    void whatCannotBeReadShouldBeListedAndClearedButNotKeepTheOthersFromBeingSeen() throws Exception {
        byte[] garbage = "no mail at all".getBytes(StandardCharsets.US_ASCII);
        queues.entries().put(new EntryId("poison"), Fixtures.newId(), garbage, Optional.empty());
        queues.entries()
                .put(
                        new EntryId("late poison"),
                        Fixtures.newId(),
                        garbage,
                        Optional.of(Instant.now().plus(LONG)));
        queue.enQueue(TestMails.plain("good"));

        Page<Entry> page = page(Optional.empty(), 10, Optional.empty());
        assertThat(page.items())
                .extracting(Entry::id)
                .contains("poison", "late poison")
                .hasSize(3);
        assertThat(names(page)).containsExactly("good");
        assertThat(queue.browse()).toIterable().hasSize(1);
        assertThat(queue.remove(ManageableMailQueue.Type.Sender, "alice@sender.example"))
                .isOne();
        assertThat(queue.getSize()).isEqualTo(2);
        assertThat(queue.clear()).isEqualTo(2);
        assertThat(queue.getSize()).isZero();
    }

    @Test
    void aHigherPriorityShouldGoPastWhatDoesNotFitIntoMemory() throws Exception {
        Transactions transactions = new Transactions(queues.broker());
        for (int i = 0; i < 4; i++) {
            List<EntryMessage.Outgoing> many = new ArrayList<>();
            for (int j = 0; j < 1000; j++) {
                many.add(new EntryMessage.Outgoing(
                        "spool",
                        i + "-" + j,
                        "",
                        "run",
                        Instant.now(),
                        4,
                        Optional.empty(),
                        io.postrider.bridge.MailCodec.encode(TestMails.plain("normal"))));
            }
            transactions.write(many);
        }
        queue.enQueue(withPriority("low", 1));
        queue.enQueue(withPriority("high", 8));
        queue.enQueue(withPriority("highest", 9));

        assertThat(names(page(Optional.empty(), 3, Optional.empty()))).containsExactly("highest", "high", "normal");
        List<String> taken = Taker.of(queue).takeNames(4003);
        assertThat(taken.subList(0, 2)).containsExactly("highest", "high");
        assertThat(taken.get(4002)).isEqualTo("low");
    }

    @Test
    void aSenderShouldConnectAgainWhenItsConnectionBroke() throws Exception {
        queue.enQueue(TestMails.plain("before"));
        for (Connection connection : queues.broker().service().getBroker().getClients()) {
            connection.stop();
        }

        // Each of the senders may find out by a mail that it cannot send.
        int failed = 0;
        for (int i = 0; i < 4; i++) {
            try {
                queue.enQueue(TestMails.plain("maybe"));
            } catch (org.apache.james.queue.api.MailQueue.MailQueueException e) {
                failed++;
            }
        }
        queue.enQueue(TestMails.plain("after"));

        assertThat(queue.getSize()).isEqualTo(6 - failed);
        assertThat(names(State.WAITING)).contains("before", "after");
    }
}
