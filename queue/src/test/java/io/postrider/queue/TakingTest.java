package io.postrider.queue;

import static io.postrider.testkit.Fixtures.BOB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.bridge.Messages;
import io.postrider.mail.MessageId;
import io.postrider.testkit.Fixtures;
import io.postrider.trace.EntryId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.activemq.broker.Connection;
import org.apache.james.metrics.api.NoopGaugeRegistry;
import org.apache.james.metrics.tests.RecordingMetricFactory;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.apache.james.queue.api.MailQueue.MailQueueItem.CompletionStatus;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.ManageableMailQueue;
import org.apache.james.server.core.MailImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.publisher.Flux;

/** How mails are taken from a queue, beside what James's contract says. */
class TakingTest {
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

    @Test
    void nothingShouldBeTakenThatNobodyAskedFor() throws Exception {
        for (int i = 1; i <= 4; i++) {
            queue.enQueue(TestMails.plain("mail-" + i));
        }
        Taker taker = Taker.of(queue);

        assertThat(taker.take().getMail().getName()).isEqualTo("mail-1");
        assertThat(taker.take().getMail().getName()).isEqualTo("mail-2");

        await().during(Duration.ofMillis(700))
                .atMost(Duration.ofSeconds(5))
                .until(() -> taker.takenAndNotLookedAt() == 0);
        taker.cancel();
        // What the first one did not ask for is there for the next.
        assertThat(Taker.of(queue).takeNames(2)).containsExactly("mail-3", "mail-4");
    }

    @Test
    void aConnectionThatBreaksShouldBeMadeAgain() throws Exception {
        queue.enQueue(TestMails.plain("first"));
        queue.enQueue(TestMails.plain("second"));
        Taker taker = Taker.of(queue);
        assertThat(taker.take().getMail().getName()).isEqualTo("first");

        for (Connection connection : queues.broker().service().getBroker().getClients()) {
            connection.stop();
        }

        assertThat(taker.takeNames(2)).containsExactlyInAnyOrder("first", "second");
        assertThat(factory.isReading()).isTrue();
    }

    @Test
    void aConnectionThatBreaksWhenNothingIsTakenAnyMoreShouldNotBeMadeAgain() throws Exception {
        queue.enQueue(TestMails.plain("first"));
        Set<Thread> others = readers();
        CountDownLatch taken = new CountDownLatch(1);
        Flux.from(queue.deQueue()).subscribe(item -> taken.countDown());
        assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
        Set<Thread> reader = readers();
        reader.removeAll(others);
        assertThat(reader).hasSize(1);

        queues.broker().service().stop();
        factory.stopTaking();

        await().until(() -> reader.stream().noneMatch(Thread::isAlive));
    }

    private static Set<Thread> readers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("dequeue-"))
                .collect(Collectors.toSet());
    }

    @Test
    void aMailThatCannotBeReadShouldNotStopTheOthers() throws Exception {
        queue.enQueue(TestMails.plain("before"));
        byte[] garbage = "no mail at all".getBytes(StandardCharsets.US_ASCII);
        queues.entries().put(new EntryId("poison"), Fixtures.newId(), garbage, Optional.empty());
        queue.enQueue(TestMails.plain("after"));

        assertThat(Taker.of(queue).takeNames(2)).containsExactly("before", "after");
        await().untilAsserted(() ->
                assertThat(queue.getSize()).as("it is kept, for a person").isOne());
    }

    @Test
    void aMailThatIsGivenBackForEverShouldNotBlockTheOthersNorRunAtFullSpeed() throws Exception {
        queue.enQueue(TestMails.plain("bad"));
        queue.enQueue(TestMails.plain("good"));
        List<String> seen = new ArrayList<>();
        CountDownLatch thrice = new CountDownLatch(3);
        CountDownLatch good = new CountDownLatch(1);
        long start = System.nanoTime();

        Flux.from(queue.deQueue()).subscribe(item -> {
            synchronized (seen) {
                seen.add(item.getMail().getName());
            }
            boolean bad = item.getMail().getName().equals("bad");
            finish(item, bad ? CompletionStatus.REJECT : CompletionStatus.SUCCESS);
            (bad ? thrice : good).countDown();
        });

        assertThat(good.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(thrice.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(200));
    }

    private static void finish(MailQueueItem item, CompletionStatus status) {
        try {
            item.done(status);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void eightBitContentShouldComeOutByteForByte() throws Exception {
        byte[] all = new byte[4096];
        byte[] head = "Subject: caf\u00e9 \r\n\tx\r\nX-More: y\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(head, 0, all, 0, head.length);
        for (int i = head.length; i < all.length; i++) {
            all[i] = (byte) i;
        }
        MailImpl mail = TestMails.plain("eight bit");
        Messages.replace(mail, all.clone());
        queue.enQueue(mail);

        MailQueueItem item = Taker.of(queue).take();

        assertThat(Messages.bytesOf(item.getMail())).isEqualTo(all);
    }

    @Test
    void nothingShouldBeTakenAfterTheEndButWhatIsInWorkCanStillBeAcknowledged() throws Exception {
        queue.enQueue(TestMails.plain("in work"));
        queue.enQueue(TestMails.plain("left"));
        Taker taker = Taker.of(queue);
        MailQueueItem item = taker.take();

        factory.stopTaking();
        taker.request(1);
        item.done(CompletionStatus.SUCCESS);

        await().untilAsserted(() -> assertThat(queue.getSize()).isOne());
        await().during(Duration.ofMillis(700))
                .atMost(Duration.ofSeconds(5))
                .until(() -> taker.takenAndNotLookedAt() == 0);
    }

    @Test
    void aTrackedEntryShouldBeAPlainMailWhereNothingDecidesAboutIt() throws Exception {
        MessageId id = Fixtures.newId();
        queues.entries().put(EntryId.firstOf(id), id, TestMails.entry(id, BOB), Optional.empty());

        assertThat(Taker.of(queue).takeNames(1)).containsExactly(id.value());
    }
}
