package io.postrider.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.store.Page;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.Change.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class RecorderTest {
    private static final MessageId MESSAGE = MessageId.at(Instant.EPOCH, new Random(1));

    private static final MessageId OTHER_MESSAGE = MessageId.at(Instant.EPOCH, new Random(2));
    /** What stands for an acceptance among the numbers of steps. */
    private static final int ACCEPTANCE = -1;

    private static final Duration PATIENCE = Duration.ofMillis(250);

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1); // like System.nanoTime, it may overflow
    private final FakeLog log = new FakeLog();
    private final Recorder recorder = new Recorder(log, 3, 5);
    private final List<Integer> recorded = new ArrayList<>();

    @Test
    void submissionsShouldBeWrittenInTheirOrderAndInBatches() throws InterruptedException {
        for (int i = 1; i <= 4; i++) {
            submit(i);
        }

        assertThat(recorder.writeBatch(Duration.ZERO)).isEqualTo(3);
        assertThat(recorded).containsExactly(1, 2, 3);
        assertThat(recorder.writeBatch(Duration.ZERO)).isEqualTo(1);
        assertThat(recorder.writeBatch(Duration.ZERO)).isZero();
        assertThat(log.batches).containsExactly(List.of(1, 2, 3), List.of(4));
    }

    @Test
    void whatCouldNotBeWrittenShouldComeFirstTheNextTime() throws InterruptedException {
        log.refusal = changes -> {
            throw silence();
        };
        submit(1);
        assertThatThrownBy(() -> recorder.writeBatch(Duration.ZERO)).isInstanceOf(StoreUnavailableException.class);
        assertThat(recorder.isBehind()).isTrue();
        assertThat(recorder.backlog()).isEqualTo(1);
        assertThat(recorded).isEmpty();

        log.refusal = changes -> {};
        submit(2);
        recorder.writeBatch(Duration.ZERO);
        assertThat(recorded).containsExactly(1, 2);
        assertThat(recorder.isBehind()).isFalse();
    }

    @Test
    void aLongQueueShouldSayThatItIsBehind() {
        for (int i = 1; i < 5; i++) {
            submit(i);
        }
        assertThat(recorder.isBehind()).isFalse();
        submit(5);
        assertThat(recorder.isBehind()).isTrue();
    }

    @Test
    void aChangeThatCannotBeRecordedShouldNotStopTheOthers() throws InterruptedException {
        log.refusal = changes -> changes.forEach(change -> {
            if (numberOf(change) == 2) {
                throw new IllegalArgumentException("a value that the store does not like");
            }
        });
        submit(1);
        submit(2);
        submit(3);

        assertThat(recorder.writeBatch(Duration.ZERO)).isEqualTo(2);
        assertThat(recorded).containsExactly(1, 3);
        assertThat(recorder.backlog()).isZero();
    }

    @Test
    void anOutcomeShouldBeRecordedWithoutTheWordsThatTheStoreRefuses() throws InterruptedException {
        log.refusal = changes -> changes.forEach(change -> {
            if (change.toString().contains("\0")) {
                throw new IllegalArgumentException("no NUL in a text");
            }
        });
        Deferred unknown = new Deferred(Optional.empty(), "closed after \0", Fault.UNKNOWN_OUTCOME);
        Attempt attempt = new Attempt(Instant.EPOCH, "relay:a", "", "mx", "", unknown, Duration.ZERO, List.of("< \0"));
        recorder.submit(List.of(step(7, Optional.of(attempt), "closed after \0")), () -> recorded.add(7));

        assertThat(recorder.writeBatch(Duration.ZERO)).isEqualTo(1);
        assertThat(recorded).containsExactly(7);
        assertThat(((Step) log.last).pinsTo()).contains("relay:a");
    }

    @Test
    void aStoreThatFallsSilentBehindABadChangeShouldLeaveTheRestInItsOrder() throws InterruptedException {
        log.refusal = changes -> {
            if (changes.size() > 1) {
                throw new IllegalArgumentException("one of them is bad");
            }
            if (numberOf(changes.get(0)) == 2) {
                throw silence();
            }
        };
        submit(1);
        submit(2);
        submit(3);
        assertThatThrownBy(() -> recorder.writeBatch(Duration.ZERO)).isInstanceOf(StoreUnavailableException.class);
        assertThat(recorded).containsExactly(1);
        assertThat(recorder.isBehind()).isTrue();

        log.refusal = changes -> {};
        recorder.writeBatch(Duration.ZERO);
        assertThat(recorded).containsExactly(1, 2, 3);
    }

    @Test
    void aCallbackThatFailsShouldNotStopTheOthers() throws InterruptedException {
        recorder.submit(List.of(step(1, Optional.empty(), "")), () -> {
            throw new IllegalStateException("a bug");
        });
        submit(2);

        recorder.writeBatch(Duration.ZERO);
        assertThat(recorded).containsExactly(2);
    }

    @Test
    void anAcceptanceShouldWaitForTheFirstOutcomeOfItsMessageAndComeBeforeIt() throws InterruptedException {
        Recorder patient = patientRecorder();
        patient.submit(acceptanceOf(MESSAGE));
        patient.submit(acceptanceOf(OTHER_MESSAGE));
        assertThat(patient.writeBatch(Duration.ZERO)).isZero();
        assertThat(patient.backlog()).isEqualTo(2);

        patient.submit(List.of(step(1, Optional.empty(), "")), () -> recorded.add(1));
        assertThat(patient.writeBatch(Duration.ZERO)).isEqualTo(2);
        assertThat(log.batches).containsExactly(List.of(ACCEPTANCE, 1));
        assertThat(patient.backlog()).isEqualTo(1);
    }

    @Test
    void anAcceptanceShouldBeWrittenWithoutAnOutcomeWhenItsTimeIsUp() throws InterruptedException {
        Recorder patient = patientRecorder();
        patient.submit(acceptanceOf(MESSAGE));
        nanos.addAndGet(PATIENCE.toNanos() - 1);
        assertThat(patient.writeBatch(Duration.ZERO)).isZero();

        nanos.addAndGet(1);
        assertThat(patient.writeBatch(Duration.ZERO)).isEqualTo(1);
        assertThat(log.batches).containsExactly(List.of(ACCEPTANCE));
    }

    @Test
    void anAcceptanceThatWaitsShouldCountForTheHighWaterMark() {
        Recorder patient = patientRecorder();
        for (int i = 0; i < 5; i++) {
            assertThat(patient.isBehind()).isFalse();
            patient.submit(acceptanceOf(MessageId.at(Instant.ofEpochMilli(i), new Random(i))));
        }

        assertThat(patient.isBehind()).isTrue();
    }

    @Test
    @Timeout(30)
    void aSleepingWriterShouldWakeForTheFirstSubmission() throws Exception {
        FutureTask<Integer> writing = new FutureTask<>(() -> recorder.writeBatch(Duration.ofHours(1)));
        Thread writer = new Thread(writing, "writer");
        writer.start();
        await().until(() -> writer.getState() == Thread.State.TIMED_WAITING);
        submit(1);

        assertThat(writing.get()).isEqualTo(1);
    }

    @Test
    @Timeout(30)
    void aPauseAfterAWriteShouldEndWhenABatchIsFull() throws Exception {
        Recorder pausing =
                new Recorder(log, new Recorder.Pace(2, 5, Duration.ofHours(1), Duration.ZERO), System::nanoTime);
        pausing.submit(List.of(step(1, Optional.empty(), "")), () -> recorded.add(1));
        assertThat(pausing.writeBatch(Duration.ZERO)).isEqualTo(1);

        pausing.submit(List.of(step(2, Optional.empty(), "")), () -> recorded.add(2));
        FutureTask<Integer> writing = new FutureTask<>(() -> pausing.writeBatch(Duration.ZERO));
        Thread writer = new Thread(writing, "writer");
        writer.start();
        await().until(() -> writer.getState() == Thread.State.TIMED_WAITING);
        assertThat(recorded).containsExactly(1);
        pausing.submit(List.of(step(3, Optional.empty(), "")), () -> recorded.add(3));

        assertThat(writing.get()).isEqualTo(2);
        assertThat(recorded).containsExactly(1, 2, 3);
    }

    @Test
    @Timeout(30)
    void aReaderShouldHaveTheAcceptanceThatItAsksForWrittenAndNoOther() throws Exception {
        Recorder patient = patientRecorder();
        patient.submit(acceptanceOf(MESSAGE));
        patient.submit(acceptanceOf(OTHER_MESSAGE));

        FutureTask<Void> reader = reader(patient, MESSAGE);
        assertThat(patient.writeBatch(Duration.ZERO)).isEqualTo(1);

        reader.get();
        assertThat(log.batches).containsExactly(List.of(ACCEPTANCE));
        assertThat(patient.heldBack()).containsExactly(acceptanceOf(OTHER_MESSAGE));
    }

    @Test
    @Timeout(30)
    void readersShouldShareOneTransactionAndNotWaitForWhatComesLater() throws Exception {
        Recorder patient = patientRecorder();
        patient.submit(acceptanceOf(MESSAGE));
        patient.submit(acceptanceOf(OTHER_MESSAGE));
        FutureTask<Void> one = reader(patient, MESSAGE);
        FutureTask<Void> other = reader(patient, OTHER_MESSAGE);
        FutureTask<Void> again = reader(patient, MESSAGE);
        patient.submit(List.of(step(1, Optional.empty(), "")), () -> recorded.add(1));
        patient.submit(List.of(step(2, Optional.empty(), "")), () -> recorded.add(2));

        assertThat(patient.writeBatch(Duration.ZERO)).isEqualTo(3);

        one.get();
        other.get();
        again.get();
        assertThat(log.batches).containsExactly(List.of(ACCEPTANCE, ACCEPTANCE, 1));
        assertThat(patient.backlog()).isEqualTo(1);
    }

    @Test
    @Timeout(30)
    void aReaderShouldWaitForWhatIsBeingWritten() throws Exception {
        CompletableFuture<Void> writing = new CompletableFuture<>();
        CompletableFuture<Void> goOn = new CompletableFuture<>();
        log.refusal = changes -> {
            writing.complete(null);
            goOn.join();
        };
        submit(1);
        FutureTask<Integer> written = new FutureTask<>(() -> recorder.writeBatch(Duration.ZERO));
        new Thread(written, "writer").start();
        writing.join();

        FutureTask<Void> reader = reader(recorder, MESSAGE);
        assertThat(reader.isDone()).isFalse();
        goOn.complete(null);

        reader.get();
        assertThat(log.batches).containsExactly(List.of(1));
        assertThat(written.get()).isEqualTo(1);
    }

    @Test
    @Timeout(30)
    void aReaderShouldWakeTheWriterThatSleeps() throws Exception {
        Recorder patient = new Recorder(log, new Recorder.Pace(3, 5, Duration.ZERO, Duration.ofHours(1)), nanos::get);
        patient.submit(acceptanceOf(MESSAGE));
        FutureTask<Integer> writing = new FutureTask<>(() -> patient.writeBatch(Duration.ofHours(1)));
        Thread writer = new Thread(writing, "writer");
        writer.start();
        await().until(() -> writer.getState() == Thread.State.TIMED_WAITING);

        patient.flush(List.of(MESSAGE), Duration.ofHours(1));

        assertThat(log.batches).containsExactly(List.of(ACCEPTANCE));
        assertThat(writing.get()).isEqualTo(1);
    }

    @Test
    @Timeout(30)
    void aReaderShouldNotWaitWhereNothingIsOnItsWay() throws InterruptedException {
        Recorder patient = patientRecorder();
        patient.submit(acceptanceOf(OTHER_MESSAGE));

        patient.flush(List.of(MESSAGE), Duration.ofHours(1));

        assertThat(patient.heldBack()).containsExactly(acceptanceOf(OTHER_MESSAGE));
        assertThat(patient.writeBatch(Duration.ZERO)).isZero();
    }

    @Test
    @Timeout(30)
    void aReaderShouldGoOnWhenTheLogDoesNotComeToAnEnd() throws InterruptedException {
        Recorder patient = patientRecorder();
        patient.submit(acceptanceOf(MESSAGE));

        patient.flush(List.of(MESSAGE), Duration.ofMillis(1));

        assertThat(log.batches).isEmpty();
        assertThat(patient.backlog()).isEqualTo(1);
    }

    @Test
    @Timeout(30)
    void aReaderShouldWaitOnAfterATransactionThatHasFailed() throws Exception {
        log.refusal = changes -> {
            throw silence();
        };
        submit(1);
        FutureTask<Void> reader = reader(recorder, MESSAGE);
        assertThatThrownBy(() -> recorder.writeBatch(Duration.ZERO)).isInstanceOf(StoreUnavailableException.class);
        assertThat(reader.isDone()).isFalse();

        log.refusal = changes -> {};
        recorder.writeBatch(Duration.ZERO);
        reader.get();
        assertThat(recorded).containsExactly(1);
    }

    @Test
    @Timeout(30)
    void aReaderShouldNotWaitForWhatCannotBeRecorded() throws Exception {
        log.refusal = changes -> {
            throw new IllegalArgumentException("a value that the store does not like");
        };
        submit(1);
        FutureTask<Void> reader = reader(recorder, MESSAGE);
        assertThat(recorder.writeBatch(Duration.ZERO)).isZero();

        reader.get();
    }

    /** A reader that waits. */
    private static FutureTask<Void> reader(Recorder recorder, MessageId message) {
        FutureTask<Void> reading = new FutureTask<>(() -> {
            recorder.flush(List.of(message), Duration.ofHours(1));
            return null;
        });
        Thread reader = new Thread(reading, "reader");
        reader.start();
        await().until(() -> reader.getState() == Thread.State.TIMED_WAITING);
        return reading;
    }

    private Recorder patientRecorder() {
        return new Recorder(log, new Recorder.Pace(3, 5, Duration.ZERO, PATIENCE), nanos::get);
    }

    private static AcceptedMessage acceptanceOf(MessageId id) {
        return new AcceptedMessage(
                id, "default", "transactional", "app", Optional.empty(), "", 1, Instant.EPOCH, List.of());
    }

    private void submit(int number) {
        recorder.submit(List.of(step(number, Optional.empty(), "")), () -> recorded.add(number));
    }

    private static Step step(int number, Optional<Attempt> attempt, String explanation) {
        return new Step(
                MESSAGE,
                EmailAddress.parse("anne@example.net"),
                DeliveryState.DEFERRED,
                number,
                attempt,
                Optional.empty(),
                Optional.empty(),
                explanation,
                Instant.EPOCH);
    }

    private static int numberOf(Change change) {
        return change instanceof Step step ? step.number() : ACCEPTANCE;
    }

    private static StoreUnavailableException silence() {
        return new StoreUnavailableException("append", new IllegalStateException("silent"));
    }

    private static final class FakeLog implements MessageLog {
        final List<List<Integer>> batches = new ArrayList<>();
        Change last = step(0, Optional.empty(), "");
        Consumer<List<Change>> refusal = changes -> {};

        @Override
        public void append(List<Change> changes) {
            refusal.accept(changes);
            batches.add(changes.stream().map(RecorderTest::numberOf).toList());
            last = changes.get(changes.size() - 1);
        }

        @Override
        public Map<MessageId, List<DeliveryRow>> deliveries(Collection<MessageId> messages) {
            throw new UnsupportedOperationException("a recorder reads nothing");
        }

        @Override
        public Optional<MessageTrace> find(MessageId id) {
            throw new UnsupportedOperationException("a recorder reads nothing");
        }

        @Override
        public Page<MessageSummary> search(MessageQuery query) {
            throw new UnsupportedOperationException("a recorder reads nothing");
        }
    }
}
