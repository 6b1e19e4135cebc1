package io.postrider.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.james.metrics.api.NoopGaugeRegistry;
import org.apache.james.metrics.tests.RecordingMetricFactory;
import org.apache.james.queue.api.MailQueue.MailQueueItem;
import org.apache.james.queue.api.MailQueue.MailQueueItem.CompletionStatus;
import org.apache.james.queue.api.MailQueueFactory;
import org.apache.james.queue.api.ManageableMailQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a queue remembers when its broker was stopped and started again on the same directory. */
class DurabilityTest {
    @RegisterExtension
    final QueueExtension queues = new QueueExtension();

    private BrokerMailQueueFactory factory;

    @BeforeEach
    void createFactory() {
        factory = queues.factory(new RecordingMetricFactory(), new NoopGaugeRegistry());
    }

    @AfterEach
    void closeFactory() {
        factory.close();
    }

    private void restart() throws Exception {
        factory.close();
        queues.stop();
        queues.start();
        createFactory();
    }

    private ManageableMailQueue queue() {
        return factory.createQueue(MailQueueFactory.SPOOL);
    }

    @Test
    void mailsShouldComeInTheirOrderAfterARestart() throws Exception {
        for (int i = 1; i <= 5; i++) {
            queue().enQueue(TestMails.plain("mail-" + i));
        }

        restart();

        assertThat(queue().getSize()).isEqualTo(5);
        assertThat(Taker.of(queue()).takeNames(5)).containsExactly("mail-1", "mail-2", "mail-3", "mail-4", "mail-5");
    }

    @Test
    void aWriteThatDeathCutShortShouldNotKeepTheBrokerFromStarting() throws Exception {
        queue().enQueue(TestMails.plain("before"));
        factory.close();
        queues.stop();
        tearTheEndOf(queues.directory().resolve("turn").resolve("db-1.log"));

        queues.start();
        createFactory();
        queue().enQueue(TestMails.plain("after"));
        restart();

        assertThat(Taker.of(queue()).takeNames(2)).containsExactly("before", "after");
    }

    /** Writes the head of another batch behind the last one, and nothing of what it promises: a process was killed within its write. */
    private static void tearTheEndOf(Path journal) throws IOException {
        byte[] magic = "WRITE BATCH".getBytes(StandardCharsets.US_ASCII);
        int record = Integer.BYTES + 1;
        int head = record + magic.length + Integer.BYTES + Long.BYTES;
        byte[] content = Files.readAllBytes(journal);
        int last = new String(content, StandardCharsets.ISO_8859_1).lastIndexOf("WRITE BATCH") - record;
        int size = ByteBuffer.wrap(content).getInt(last + record + magic.length);
        System.arraycopy(content, last, content, last + head + size, head);
        Files.write(journal, content);
    }

    @Test
    void mailThatWasTakenAndNotAcknowledgedShouldComeAgainAfterARestart() throws Exception {
        queue().enQueue(TestMails.plain("done"));
        queue().enQueue(TestMails.plain("in work"));
        queue().enQueue(TestMails.plain("waiting"));
        Taker taker = Taker.of(queue());
        taker.take().done(CompletionStatus.SUCCESS);
        taker.take();
        await().untilAsserted(() -> assertThat(queue().getSize()).isEqualTo(2));

        restart();

        assertThat(Taker.of(queue()).takeNames(2)).containsExactly("in work", "waiting");
        await().untilAsserted(() -> assertThat(queue().getSize()).isZero());
    }

    @Test
    void mailThatWasGivenBackShouldComeAgainAfterARestart() throws Exception {
        queue().enQueue(TestMails.plain("given back"));
        Taker.of(queue()).take().done(CompletionStatus.RETRY);

        restart();

        assertThat(Taker.of(queue()).takeNames(1)).containsExactly("given back");
    }

    @Test
    void mailThatWaitsForItsTimeShouldComeWhenItIsDueAfterARestart() throws Exception {
        Instant due = Instant.now().plusSeconds(3);
        queue().enQueue(TestMails.plain("later"), Duration.ofSeconds(3));

        restart();

        MailQueueItem item = Taker.of(queue()).take();
        assertThat(item.getMail().getName()).isEqualTo("later");
        assertThat(Instant.now()).isAfterOrEqualTo(due);
    }

    @Test
    void mailWhoseTimeCameWhileNobodyRanShouldComeAtOnce() throws Exception {
        Instant due = Instant.now().plusSeconds(1);
        queue().enQueue(TestMails.plain("overdue"), Duration.ofSeconds(1));
        factory.close();
        queues.stop();
        await().until(() -> Instant.now().isAfter(due));

        queues.start();
        createFactory();

        assertThat(Taker.of(queue()).takeNames(1)).isEqualTo(List.of("overdue"));
    }
}
