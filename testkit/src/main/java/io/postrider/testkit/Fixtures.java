package io.postrider.testkit;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.MessageId;
import io.postrider.mail.SmtpReply;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import io.postrider.trace.HeldMail;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Values for tests: people, messages, attempts, changes. */
public final class Fixtures {
    public static final EmailAddress ALICE = EmailAddress.parse("alice@sender.example");
    public static final EmailAddress BOB = EmailAddress.parse("bob@example.com");
    public static final EmailAddress CAROL = EmailAddress.parse("carol@example.net");
    public static final EmailAddress DAVE = EmailAddress.parse("dave@example.org");

    /** When the tests take place. */
    public static final Instant NOW = Instant.parse("2026-11-25T10:00:00.123Z");

    private Fixtures() {}

    /** An id for the time given, unlike any other. */
    public static MessageId newId(Instant at) {
        return MessageId.at(at, RandomGenerator.getDefault());
    }

    public static MessageId newId() {
        return newId(NOW);
    }

    /** A message of Alice's, accepted at the time of its id. */
    public static AcceptedMessage message(MessageId id, EmailAddress... recipients) {
        return messageFrom(ALICE, id, recipients);
    }

    public static AcceptedMessage messageFrom(EmailAddress sender, MessageId id, EmailAddress... recipients) {
        return new AcceptedMessage(
                id,
                "default",
                "transactional",
                "app",
                Optional.of(sender),
                "Grüße – your receipt",
                1234,
                id.time(),
                List.of(recipients));
    }

    public static Change.Accepted accepted(MessageId id, EmailAddress... recipients) {
        return new Change.Accepted(message(id, recipients));
    }

    public static Attempt deliveredAttempt(Instant at) {
        return attempt(at, new DeliveryOutcome.Delivered(new SmtpReply(250, "2.0.0 queued as 4711")));
    }

    public static Attempt deferredAttempt(Instant at) {
        return attempt(
                at,
                new DeliveryOutcome.Deferred(
                        Optional.of(new SmtpReply(451, "4.7.1 Greylisted, try again")),
                        "the next hop asked to try again",
                        DeliveryOutcome.Fault.REPLY));
    }

    public static Attempt unreachableAttempt(Instant at) {
        return new Attempt(
                at,
                "relay:ses",
                "",
                "smtp.example.com:587",
                "",
                new DeliveryOutcome.Deferred(Optional.empty(), "connection refused", DeliveryOutcome.Fault.ROUTE),
                Duration.ofMillis(7),
                List.of());
    }

    public static Attempt bouncedAttempt(Instant at) {
        return attempt(at, new DeliveryOutcome.Bounced(new SmtpReply(550, "5.1.1 No such user")));
    }

    public static Attempt attempt(Instant at, DeliveryOutcome outcome) {
        return new Attempt(
                at,
                "relay:ses",
                "192.0.2.7",
                "smtp.example.com:587",
                "smtp.example.com,smtp2.example.com",
                "TLSv1.3 TLS_AES_128_GCM_SHA256",
                new Attempt.Connection(
                        "192.0.2.25",
                        Optional.of("certificate expired"),
                        Duration.ofMillis(11),
                        Duration.ofMillis(12),
                        Duration.ofMillis(13)),
                outcome,
                Duration.ofMillis(85),
                List.of("> MAIL FROM:<alice@sender.example>", "< 250 2.1.0 OK", "> RCPT TO:<…>"));
    }

    public static Change.Step delivered(MessageId id, EmailAddress recipient, int number) {
        return finalStep(id, recipient, DeliveryState.DELIVERED, number, Optional.of(deliveredAttempt(NOW)));
    }

    public static Change.Step bounced(MessageId id, EmailAddress recipient, int number) {
        return finalStep(id, recipient, DeliveryState.BOUNCED, number, Optional.of(bouncedAttempt(NOW)));
    }

    /** A step without an attempt to a final state. */
    public static Change.Step ended(MessageId id, EmailAddress recipient, DeliveryState state, int number) {
        return finalStep(id, recipient, state, number, Optional.empty());
    }

    /** Put off for a minute, into a new entry. */
    public static Change.Step deferred(MessageId id, EmailAddress recipient, int number, EntryId owner) {
        return new Change.Step(
                id,
                recipient,
                DeliveryState.DEFERRED,
                number,
                Optional.of(deferredAttempt(NOW)),
                Optional.of(NOW.plusSeconds(60)),
                Optional.of(owner),
                "451 4.7.1 Greylisted, try again",
                NOW);
    }

    /** Back in the queue for a retry. */
    public static Change.Step queuedAgain(MessageId id, EmailAddress recipient, int number, EntryId owner) {
        return new Change.Step(
                id,
                recipient,
                DeliveryState.QUEUED,
                number,
                Optional.empty(),
                Optional.empty(),
                Optional.of(owner),
                "a retry was asked for",
                NOW);
    }

    public static HeldMail heldMail(EntryId key, MessageId message, Instant at) {
        return new HeldMail(
                key,
                message,
                ("entry of " + message).getBytes(StandardCharsets.UTF_8),
                "a mailet threw NullPointerException",
                at);
    }

    private static Change.Step finalStep(
            MessageId id, EmailAddress recipient, DeliveryState state, int number, Optional<Attempt> attempt) {
        return new Change.Step(
                id,
                recipient,
                state,
                number,
                attempt,
                Optional.empty(),
                Optional.empty(),
                "explanation of " + state,
                NOW);
    }
}
