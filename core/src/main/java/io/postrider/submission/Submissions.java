package io.postrider.submission;

import io.postrider.domain.SenderPolicy;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.HeaderField;
import io.postrider.mail.MessageId;
import io.postrider.mail.RawMessage;
import io.postrider.mail.SmtpReply;
import io.postrider.store.StoreUnavailableException;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Recorder;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/** Decides about submissions, whichever way they come, and records those that are accepted. */
public final class Submissions {
    /** The stream of mail that names none. */
    public static final String DEFAULT_STREAM = "transactional";

    /** Names the stream of a message; it does not leave the service. */
    public static final String STREAM_FIELD = "X-Postrider-Stream";

    private static final Pattern STREAM = Pattern.compile("[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?");
    private static final int MAX_SUBJECT = 998;
    private static final int MAX_SHOWN = 64;

    /** What became of a submission. */
    public sealed interface Result {
        /** It is in the queue, on disk. */
        record Accepted(AcceptedMessage message) implements Result {}

        /** It must be changed before it is sent again (5yz). */
        record Refused(SmtpReply reply) implements Result {}

        /** It may be sent again as it is (4yz). */
        record NotNow(SmtpReply reply) implements Result {}
    }

    private final MessageRules rules;
    private final SenderPolicy policy;
    private final Recorder recorder;
    private final Clock clock;
    private final RandomGenerator random;
    private final int maxRecipients;

    /**
     * @param maxRecipients of one message
     */
    public Submissions(
            MessageRules rules,
            SenderPolicy policy,
            Recorder recorder,
            Clock clock,
            RandomGenerator random,
            int maxRecipients) {
        this.rules = rules;
        this.policy = policy;
        this.recorder = recorder;
        this.clock = clock;
        this.random = random;
        this.maxRecipients = maxRecipients;
    }

    public int maxRecipients() {
        return maxRecipients;
    }

    /**
     * Decides about one message. Blocks no longer than the policy and {@code enqueue} do.
     *
     * @param enqueue writes it to the queue; when what it returns is done, the message is on disk; a failure says that it is not known to be
     * @return the answer; it fails as {@code enqueue} does, and is given on the thread that knows of the disk
     */
    public CompletionStage<Result> submit(
            Submitter submitter,
            Optional<EmailAddress> reversePath,
            List<EmailAddress> recipients,
            RawMessage message,
            Function<AcceptedMessage, CompletionStage<Void>> enqueue) {
        List<EmailAddress> distinct = recipients.stream().distinct().toList();
        List<HeaderField> streams = message.all(STREAM_FIELD);
        String stream =
                streams.isEmpty() ? DEFAULT_STREAM : streams.get(0).value().strip();
        Optional<Result> no = check(distinct, message)
                .or(() -> streams.size() > 1 || !STREAM.matcher(stream).matches()
                        ? Optional.of(badStream(stream, streams.size()))
                        : Optional.empty())
                .or(() -> ask(submitter, reversePath, message));
        return no.isPresent()
                ? CompletableFuture.completedStage(no.get())
                : accept(describe(submitter, stream, reversePath, distinct, message), enqueue);
    }

    private Optional<Result> check(List<EmailAddress> recipients, RawMessage message) {
        if (recorder.isBehind()) {
            return Optional.of(notNow("4.3.1 The message log is behind with its writing; try again in a minute"));
        }
        if (recipients.isEmpty() || recipients.size() > maxRecipients) {
            return Optional.of(refused("5.5.3 " + recipients.size() + " recipients; send 1 to " + maxRecipients
                    + " in one message (submission.maxRecipients)"));
        }
        return rules.refusal(message).map(Result.Refused::new);
    }

    private static Result badStream(String stream, int fields) {
        return new Result.Refused(new SmtpReply(
                554,
                "5.6.0 " + STREAM_FIELD + ": '" + printable(stream) + "', in " + fields
                        + " fields; write one with 1 to 64 of a-z, 0-9 and inner hyphens"));
    }

    private Optional<Result> ask(Submitter submitter, Optional<EmailAddress> reversePath, RawMessage message) {
        try {
            SenderPolicy.Verdict verdict = policy.check(submitter.tenant(), reversePath, message);
            return verdict instanceof SenderPolicy.Verdict.Refused no
                    ? Optional.of(refused(no.text()))
                    : Optional.empty();
        } catch (StoreUnavailableException e) {
            return Optional.of(notNow("4.3.0 The sending domains cannot be asked now; try again in a minute"));
        }
    }

    private CompletionStage<Result> accept(
            AcceptedMessage accepted, Function<AcceptedMessage, CompletionStage<Void>> enqueue) {
        recorder.announce(accepted.id());
        boolean asked = false;
        try {
            CompletionStage<Result> answer = enqueue.apply(accepted)
                    .whenComplete((none, failure) -> written(accepted, failure == null))
                    .thenApply(none -> new Result.Accepted(accepted));
            asked = true;
            return answer;
        } finally {
            if (!asked) {
                recorder.withdraw(accepted.id());
            }
        }
    }

    /** @param known whether the message is known to be on disk */
    private void written(AcceptedMessage accepted, boolean known) {
        if (known) {
            recorder.submit(accepted);
        }
        recorder.withdraw(accepted.id());
    }

    /** Reply texts are ASCII lines of bearable length (RFC 5321, section 4.2), and this one came from outside. */
    private static String printable(String text) {
        String start = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "..." : text;
        return start.replaceAll("[^ -~]", "?");
    }

    private static Result refused(String text) {
        return new Result.Refused(new SmtpReply(550, text));
    }

    private static Result notNow(String text) {
        return new Result.NotNow(new SmtpReply(452, text));
    }

    private AcceptedMessage describe(
            Submitter submitter,
            String stream,
            Optional<EmailAddress> reversePath,
            List<EmailAddress> recipients,
            RawMessage message) {
        String subject = message.first("Subject").map(HeaderField::decodedValue).orElse("");
        return new AcceptedMessage(
                MessageId.at(clock.instant(), random),
                submitter.tenant(),
                stream,
                submitter.name(),
                reversePath,
                subject.length() > MAX_SUBJECT ? subject.substring(0, MAX_SUBJECT) : subject,
                message.size(),
                clock.instant(),
                recipients);
    }
}
