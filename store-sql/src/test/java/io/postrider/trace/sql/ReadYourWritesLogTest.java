package io.postrider.trace.sql;

import static io.postrider.testkit.Fixtures.ALICE;
import static io.postrider.testkit.Fixtures.BOB;
import static io.postrider.testkit.Fixtures.CAROL;
import static io.postrider.testkit.Fixtures.NOW;
import static io.postrider.testkit.Fixtures.delivered;
import static io.postrider.testkit.Fixtures.message;
import static io.postrider.testkit.Fixtures.newId;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import io.postrider.store.sql.StoreExtension;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.ReadYourWritesLog;
import io.postrider.trace.Recorder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the recorder holds back, for those who ask. The time of the recorder stands still, so that it lets go of nothing by itself. */
@Timeout(60)
class ReadYourWritesLogTest {
    private static final EmailAddress BOB_IN_CAPITALS = EmailAddress.parse("BOB@example.com");
    private static final Recorder.Pace PACE = new Recorder.Pace(100, 1000, Duration.ZERO, Duration.ofMillis(250));

    @RegisterExtension
    final StoreExtension store = new StoreExtension();

    private Recorder recorder;
    private MessageLog log;
    private Thread writer;

    @BeforeEach
    void startWriter() {
        MessageLog sql = store.store().messageLog();
        recorder = new Recorder(sql, PACE, () -> 0);
        log = new ReadYourWritesLog(sql, recorder);
        writer = new Thread(this::write, "writer");
        writer.start();
    }

    private void write() {
        try {
            while (true) {
                recorder.writeBatch(Duration.ofHours(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stopWriter() throws InterruptedException {
        writer.interrupt();
        writer.join();
    }

    @Test
    void aMessageShouldBeFoundRightAfterItsAcceptance() {
        MessageId other = accept(newId(), BOB);
        for (int i = 0; i < 50; i++) {
            MessageId id = accept(newId(), BOB, CAROL);

            assertThat(log.find(id).orElseThrow().message().state()).isEqualTo("open");
            assertThat(recorder.backlog()).isOne();
        }
        assertThat(store.store().messageLog().find(other)).isEmpty();
    }

    @Test
    void itsDeliveriesShouldBeFoundRightAfterItsAcceptance() {
        MessageId known = accept(newId(), CAROL);
        log.find(known);
        MessageId id = accept(newId(), BOB);
        MessageId unknown = newId();

        assertThat(log.deliveries(List.of(known, id, unknown))).containsOnlyKeys(known, id);
    }

    @Test
    void anOutcomeThatWaitsForTheDiskShouldBeFoundWithItsAcceptance() {
        MessageId id = accept(newId(), BOB);
        recorder.submit(List.of(delivered(id, BOB, 1)), () -> {});

        assertThat(log.find(id).orElseThrow().message().state()).isEqualTo("delivered");
    }

    @Test
    void aMessageThatNobodyAcceptedShouldNotBeFoundAndHurryNobody() {
        MessageId held = accept(newId(), BOB);

        assertThat(log.find(newId())).isEmpty();
        assertThat(log.deliveries(List.of(newId()))).isEmpty();
        assertThat(recorder.backlog()).isOne();
        assertThat(store.store().messageLog().find(held)).isEmpty();
    }

    @Test
    void aSearchShouldFindWhatWasAcceptedJustNow() {
        MessageId id = accept(newId(), BOB);

        assertThat(ids(search(Optional.empty(), Optional.empty(), Optional.empty(), 50)))
                .containsExactly(id);
    }

    @Test
    void aSearchShouldWriteOnlyWhatItMayFind() {
        MessageId toCarol = accept(newId(), CAROL);
        MessageId toBob = accept(newId(), BOB_IN_CAPITALS);

        assertThat(ids(search(Optional.of(BOB), Optional.of(ALICE), Optional.of("queued"), 50)))
                .containsExactly(toBob);
        assertThat(ids(search(Optional.empty(), Optional.of(CAROL), Optional.empty(), 50)))
                .isEmpty();
        assertThat(ids(search(Optional.of(CAROL), Optional.empty(), Optional.of("delivered"), 50)))
                .isEmpty();
        assertThat(ids(log.search(query(Optional.of(NOW.plusMillis(1)), Optional.empty()))))
                .isEmpty();
        assertThat(ids(log.search(query(Optional.empty(), Optional.of(NOW))))).isEmpty();
        assertThat(store.store().messageLog().find(toCarol)).isEmpty();

        assertThat(ids(log.search(query(Optional.of(NOW), Optional.of(NOW.plusMillis(1))))))
                .containsExactlyInAnyOrder(toCarol, toBob);
    }

    @Test
    void pagesShouldHoldWhatWasAcceptedJustNow() {
        List<MessageId> newestFirst = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            newestFirst.add(0, accept(newId(NOW.plusMillis(i)), BOB));
        }

        List<MessageId> found = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            Page<MessageSummary> page = log.search(new MessageQuery(
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    2,
                    cursor));
            found.addAll(ids(page));
            cursor = page.nextCursor();
        } while (cursor.isPresent());

        assertThat(found).isEqualTo(newestFirst);
    }

    @Test
    void aSearchShouldWriteNoMoreThanItsPageAndTheNext() {
        for (int i = 0; i < 5; i++) {
            accept(newId(NOW.plusMillis(i)), BOB);
        }

        assertThat(search(Optional.empty(), Optional.empty(), Optional.empty(), 2)
                        .items())
                .hasSize(2);
        assertThat(recorder.backlog()).isEqualTo(2);
    }

    @Test
    void whoAsksShouldAnswerWithWhatThereIsWhenTheWriterIsStuck() throws InterruptedException {
        stopWriter();
        MessageId id = accept(newId(), BOB);

        assertThat(log.find(id)).isEmpty();
        assertThat(recorder.backlog()).isOne();
    }

    @Test
    void whatIsAppendedShouldBeInTheLog() {
        MessageId id = accept(newId(), BOB);
        log.find(id);
        log.append(List.of(delivered(id, BOB, 1)));

        assertThat(store.store().messageLog().deliveries(List.of(id)).get(id))
                .singleElement()
                .satisfies(row -> assertThat(row.state()).isEqualTo(DeliveryState.DELIVERED));
    }

    private MessageId accept(MessageId id, EmailAddress... recipients) {
        AcceptedMessage accepted = message(id, recipients);
        recorder.submit(accepted);
        return id;
    }

    private Page<MessageSummary> search(
            Optional<EmailAddress> recipient, Optional<EmailAddress> sender, Optional<String> state, int limit) {
        return log.search(new MessageQuery(
                recipient, sender, Optional.empty(), Optional.empty(), state, limit, Optional.empty()));
    }

    private static MessageQuery query(Optional<Instant> from, Optional<Instant> to) {
        return new MessageQuery(Optional.empty(), Optional.empty(), from, to, Optional.empty(), 50, Optional.empty());
    }

    private static List<MessageId> ids(Page<MessageSummary> page) {
        return page.items().stream().map(MessageSummary::id).toList();
    }
}
