package io.postrider.submission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.postrider.dispatch.EntryQueue.QueueUnavailableException;
import io.postrider.dispatch.simulation.SimulatedLog;
import io.postrider.domain.InMemorySendingDomains;
import io.postrider.domain.SenderPolicy;
import io.postrider.domain.SendingDomain;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.mail.RawMessage;
import io.postrider.mail.SmtpReply;
import io.postrider.store.Page;
import io.postrider.submission.Submissions.Result;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryRow;
import io.postrider.trace.MessageLog;
import io.postrider.trace.MessageQuery;
import io.postrider.trace.MessageSummary;
import io.postrider.trace.MessageTrace;
import io.postrider.trace.Recorder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubmissionsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Submitter APP = new Submitter("default", "app");
    private static final Optional<EmailAddress> SENDER = EmailAddress.tryParse("app@example.com");
    private static final EmailAddress ANNE = EmailAddress.parse("anne@example.net");
    private static final EmailAddress BOB = EmailAddress.parse("bob@example.net");

    private final InMemorySendingDomains domains = new InMemorySendingDomains();
    private final SimulatedLog log = new SimulatedLog();
    private final Recorder recorder = new Recorder(new AppendingLog(), 10, 3);
    private final List<AcceptedMessage> queue = new ArrayList<>();
    private final Submissions submissions = new Submissions(
            new MessageRules(new MessageLimits(3000, 10, 2)),
            new SenderPolicy(domains),
            recorder,
            Clock.fixed(NOW, ZoneOffset.UTC),
            new Random(1),
            2);

    @BeforeEach
    void addDomain() {
        domains.put(new SendingDomain("example.com", "default", "b.example.com", List.of(), Instant.EPOCH));
    }

    @Test
    void aMessageShouldBeInTheQueueAndThenInTheLog() throws InterruptedException {
        AcceptedMessage message = accepted(submit("hello", List.of(ANNE, BOB, ANNE)));

        assertThat(queue).containsExactly(message);
        assertThat(message.recipients()).containsExactly(ANNE, BOB);
        assertThat(message.id().time()).isEqualTo(NOW);
        assertThat(message.subject()).isEqualTo("hello");
        recorder.writeBatch(Duration.ZERO);
        assertThat(log.knows(message.id())).isTrue();
    }

    @Test
    void aLongSubjectShouldBeCut() {
        assertThat(accepted(submit("x".repeat(2000), List.of(ANNE))).subject()).hasSize(998);
    }

    @Test
    void aMessageThatTheQueueDidNotTakeShouldNotBeAccepted() {
        assertThatThrownBy(() -> begin("hello", List.of(ANNE), message -> {
                    throw new QueueUnavailableException("write", new IllegalStateException("full"));
                }))
                .isInstanceOf(QueueUnavailableException.class);
        assertThat(recorder.backlog()).isZero();
    }

    @Test
    void theAcceptanceShouldBeAnnouncedUntilTheMessageIsWritten() {
        CompletableFuture<Void> written = new CompletableFuture<>();

        CompletionStage<Result> answer = begin("hello", List.of(ANNE), message -> {
            queue.add(message);
            return written;
        });
        MessageId id = queue.get(0).id();
        assertThat(answer.toCompletableFuture()).isNotDone();
        assertThat(recorder.isAnnounced(id)).isTrue();
        assertThat(recorder.backlog()).isZero();
        written.complete(null);
        assertThat(accepted(answer.toCompletableFuture().join()).id()).isEqualTo(id);
        assertThat(recorder.isAnnounced(id)).isFalse();
        assertThat(recorder.backlog()).isOne();
    }

    @Test
    void aMessageWhoseWriteFailsShouldNotBeAccepted() {
        CompletableFuture<Void> written = new CompletableFuture<>();

        CompletionStage<Result> answer = begin("hello", List.of(ANNE), message -> {
            queue.add(message);
            return written;
        });
        written.completeExceptionally(new QueueUnavailableException("write", new IllegalStateException("full")));
        assertThatThrownBy(() -> answer.toCompletableFuture().join())
                .hasCauseInstanceOf(QueueUnavailableException.class);
        assertThat(recorder.isAnnounced(queue.get(0).id())).isFalse();
        assertThat(recorder.backlog()).isZero();
    }

    @Test
    void noneAndTooManyRecipientsShouldBeRefused() {
        assertThat(submit("hello", List.of()))
                .isEqualTo(new Result.Refused(new SmtpReply(
                        550, "5.5.3 0 recipients; send 1 to 2 in one message (submission.maxRecipients)")));
        assertThat(submit("hello", List.of(ANNE, BOB, EmailAddress.parse("c@example.net"))))
                .isInstanceOf(Result.Refused.class);
        assertThat(queue).isEmpty();
    }

    @Test
    void aMessageThatBreaksTheRulesShouldBeRefusedWithTheirReply() {
        assertThat(submit("hello\r\nSubject: twice", List.of(ANNE)))
                .isEqualTo(new Result.Refused(
                        new SmtpReply(554, "5.6.0 2 Subject fields; send one (RFC 5322, section 3.6)")));
        assertThat(queue).isEmpty();
    }

    @Test
    void aMessageShouldGoByTheStreamThatItNames() {
        assertThat(accepted(submit("hello", List.of(ANNE))).stream()).isEqualTo("transactional");
        assertThat(accepted(submit("hello\r\nx-postrider-stream: broadcast-2", List.of(ANNE))).stream())
                .isEqualTo("broadcast-2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Broadcast", "a_b", "-a", "a-", "a b", "a\r\nX-Postrider-Stream: a"})
    void aMessageWhoseStreamCannotBeToldShouldBeRefused(String value) {
        assertThat(submit("hello\r\nX-Postrider-Stream: " + value, List.of(ANNE)))
                .isInstanceOfSatisfying(
                        Result.Refused.class,
                        refused -> assertThat(refused.reply().toString())
                                .startsWith("554 5.6.0 X-Postrider-Stream: '")
                                .contains("1 to 64 of a-z"));
        assertThat(queue).isEmpty();
    }

    @Test
    void aRefusedStreamShouldNotComeBackWholeInTheReply() {
        Result result = submit("hello\r\nX-Postrider-Stream: A" + "z".repeat(900), List.of(ANNE));

        assertThat(result)
                .isInstanceOfSatisfying(
                        Result.Refused.class,
                        refused -> assertThat(refused.reply().toString())
                                .startsWith("554 5.6.0 X-Postrider-Stream: 'Azzz")
                                .hasSizeLessThan(200));
    }

    @Test
    void aForeignSenderShouldBeRefused() {
        domains.remove("example.com");

        assertThat(submit("hello", List.of(ANNE)))
                .isInstanceOfSatisfying(
                        Result.Refused.class,
                        refused -> assertThat(refused.reply().toString()).startsWith("550 5.7.1 "));
    }

    @Test
    void aSilentStoreShouldNotBeAYes() {
        domains.fallSilent();

        assertThat(submit("hello", List.of(ANNE)))
                .isInstanceOfSatisfying(
                        Result.NotNow.class,
                        notNow -> assertThat(notNow.reply().toString()).startsWith("452 4.3.0 "));
        assertThat(queue).isEmpty();
    }

    @Test
    void aLogThatIsBehindShouldStopTheIntake() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            accepted(submit("hello", List.of(ANNE)));
        }

        assertThat(submit("hello", List.of(ANNE))).isInstanceOf(Result.NotNow.class);
        recorder.writeBatch(Duration.ZERO);
        accepted(submit("hello", List.of(ANNE)));
    }

    private Result submit(String subject, List<EmailAddress> recipients) {
        return begin(subject, recipients, message -> {
                    queue.add(message);
                    return CompletableFuture.completedStage(null);
                })
                .toCompletableFuture()
                .join();
    }

    private CompletionStage<Result> begin(
            String subject, List<EmailAddress> recipients, Function<AcceptedMessage, CompletionStage<Void>> enqueue) {
        String text = "From: app@example.com\r\nSubject: " + subject + "\r\n\r\nhello\r\n";
        return submissions.submit(
                APP, SENDER, recipients, RawMessage.parse(text.getBytes(StandardCharsets.US_ASCII)), enqueue);
    }

    private static AcceptedMessage accepted(Result result) {
        assertThat(result).isInstanceOf(Result.Accepted.class);
        return ((Result.Accepted) result).message();
    }

    private final class AppendingLog implements MessageLog {
        @Override
        public void append(List<Change> changes) {
            log.append(changes);
        }

        @Override
        public Map<MessageId, List<DeliveryRow>> deliveries(Collection<MessageId> messages) {
            throw new UnsupportedOperationException("a submission reads nothing");
        }

        @Override
        public Optional<MessageTrace> find(MessageId id) {
            throw new UnsupportedOperationException("a submission reads nothing");
        }

        @Override
        public Page<MessageSummary> search(MessageQuery query) {
            throw new UnsupportedOperationException("a submission reads nothing");
        }
    }
}
