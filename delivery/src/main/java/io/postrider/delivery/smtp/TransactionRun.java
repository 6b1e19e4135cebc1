package io.postrider.delivery.smtp;

import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Fault;
import io.postrider.delivery.RelayFaults;
import io.postrider.delivery.SevenBitHops;
import io.postrider.delivery.smtp.MailTransaction.Slot;
import io.postrider.delivery.smtp.MailTransaction.Stage;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.dsn.Notify;
import io.postrider.dsn.RecipientRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.SmtpReply;
import io.postrider.mail.XText;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Takes one transaction through MAIL, RCPT, DATA and the message, and tells what became of each recipient. A refusal at one of these is a
 * bounce or a deferral of the recipients that it is about; a lost connection is a fault of the route until the final dot has left, and
 * an unknown outcome from then on.
 *
 * <p>A run may be sent ahead: its envelope goes out with the end of the data of the one before. Nothing of its own is lost with the connection until its DATA is
 * answered, and its refusals are told only then, when the replies are seen to be in step with the commands.
 */
final class TransactionRun {
    private static final int PARAMETERS_NOT_KNOWN = 555;
    /**
     * For MAIL that was sent ahead, from the reply to the message before: a peer that lets it be read with the data and forgets it would cost minutes else, and one
     * that needs longer gets it once more on another connection.
     */
    private static final Duration MAIL_SENT_AHEAD = Duration.ofSeconds(30);

    private static final EnhancedStatusCode TOO_LARGE = new EnhancedStatusCode(5, 3, 4);

    private final MailTransaction transaction;
    private final Exchange exchange;
    private final Wire wire;
    private final Capabilities capabilities;
    private final SevenBitHops sevenBit;
    private final RelayFaults faults;
    private final SmtpClientSettings.Timeouts timeouts;
    private final boolean keptConnection;
    private final Line line;
    private final List<Runnable> refusals = new ArrayList<>();
    private boolean sentAhead;
    private boolean pipelined;
    private boolean mailAnswered;
    private boolean mailAccepted;
    private boolean dataAnswered;
    private boolean inStep;
    private boolean parametersRefused;
    private boolean dataAccepted;
    private boolean dotSent;
    private boolean resetNeeded;
    private Instant dotSentAt = Instant.MAX;
    private Duration answerTime = Duration.ZERO;

    /** Those that go over the same connection one after the other. */
    interface Line {
        /** The envelope of the one behind this, whose data is about to be sent; empty when there is none. */
        List<Command> behind(TransactionRun run);

        /** The connection is free for the next one; not told when it is lost. */
        void done(TransactionRun run);
    }

    /** @param keptConnection whether the connection has been used before, and so may be dead without our knowing */
    TransactionRun(
            MailTransaction transaction,
            Exchange exchange,
            Wire wire,
            Capabilities capabilities,
            SevenBitHops sevenBit,
            RelayFaults faults,
            SmtpClientSettings.Timeouts timeouts,
            boolean keptConnection,
            Line line) {
        this.transaction = transaction;
        this.exchange = exchange;
        this.wire = wire;
        this.capabilities = capabilities;
        this.sevenBit = sevenBit;
        this.faults = faults;
        this.timeouts = timeouts;
        this.keptConnection = keptConnection;
        this.line = line;
    }

    /** @param resetFirst whether an earlier transaction was left open */
    void begin(boolean resetFirst) {
        resetNeeded = resetFirst;
        if (isOverBeforeItBegins()) {
            done();
            return;
        }
        List<Command> envelope = new ArrayList<>();
        if (resetFirst) {
            envelope.add(new Command("RSET", timeouts.mail(), exchange.before(), this::onReset));
        }
        addEnvelope(envelope, timeouts.mail());
        pipelined = capabilities.pipelining();
        if (pipelined) {
            envelope.add(data());
            wire.whenQuiet(() -> wire.send(envelope));
        } else {
            oneByOne(envelope.iterator());
        }
    }

    /** What to send with the end of the data of the transaction before; empty when this one is over without. Only for a peer that offers PIPELINING. */
    List<Command> beginBehind() {
        if (isOverBeforeItBegins()) {
            return List.of();
        }
        sentAhead = true;
        pipelined = true;
        List<Command> envelope = new ArrayList<>();
        addEnvelope(envelope, atMost(MAIL_SENT_AHEAD, timeouts.mail()));
        envelope.add(data());
        return envelope;
    }

    private boolean isOverBeforeItBegins() {
        OptionalLong limit = capabilities.sizeLimit();
        if (limit.isPresent() && transaction.content().size() > limit.getAsLong()) {
            refuseAsTooLarge(limit.getAsLong());
            return true;
        }
        if (transaction.content().hasEightBit() && isToBeEncodedFirst()) {
            transaction.sendBackToBeEncoded(exchange.mx() + " does not offer 8BITMIME: the message is encoded first");
            return true;
        }
        return false;
    }

    private void addEnvelope(List<Command> commands, Duration mailTimeout) {
        commands.add(new Command(mailLine(), mailTimeout, exchange.before(), this::onMail));
        for (Slot slot : transaction.slots(Stage.OFFERED)) {
            String rcpt = "RCPT TO:<" + slot.recipient() + ">" + parametersFor(slot);
            commands.add(new Command(rcpt, timeouts.rcpt(), slot.talk(), reply -> onRcpt(slot, reply)));
        }
    }

    private Command data() {
        return new Command("DATA", timeouts.data(), exchange.after(), this::onData);
    }

    /** Whether the pipeline did not know yet that the peer takes no 8-bit content. What is left of it otherwise must not be encoded, and goes out as it is. */
    private boolean isToBeEncodedFirst() {
        boolean unknown = false;
        for (Slot slot : transaction.slots(Stage.OFFERED)) {
            if (capabilities.eightBitMime()) {
                sevenBit.forget(transaction.hop(), slot.recipient());
            } else {
                Optional<Instant> since = sevenBit.knownSince(transaction.hop(), slot.recipient());
                unknown |= since.isEmpty() || !since.get().isBefore(transaction.handedOverAt());
                sevenBit.found(transaction.hop(), slot.recipient());
            }
        }
        if (!capabilities.eightBitMime() && !unknown) {
            Talk.remark(exchange.before(), "8BITMIME is not offered, but what has 8 bits there must not be encoded");
        }
        return unknown;
    }

    MailTransaction transaction() {
        return transaction;
    }

    /** Whether a transaction is left open on the connection. */
    boolean resetNeeded() {
        return resetNeeded;
    }

    /** What was said to all before the recipients. */
    List<String> saidBefore() {
        return exchange.before();
    }

    boolean isBehindTheDot() {
        return dotSent;
    }

    /** Whether MAIL was refused for parameters that the peer offers to understand; all recipients are left over then. */
    boolean hadParametersRefused() {
        return parametersRefused;
    }

    /** Whether commands that were sent at once are what the connection was lost over, as far as we can see. */
    boolean chokedOnPipelining(Loss loss) {
        return pipelined && mailAnswered && !dataAnswered && loss.reply().isEmpty();
    }

    /** Whether what was sent behind the end of data got no reply, though the connection was good for the data. */
    boolean chokedOnWhatWasSentAhead(Loss loss) {
        return sentAhead && !mailAnswered && loss.reply().isEmpty();
    }

    /** From the final dot to the reply. */
    Duration answerTime() {
        return answerTime;
    }

    /** The connection is lost. Returns whether the transaction is to be tried again at once. */
    boolean lost(Loss loss) {
        Optional<SmtpReply> refusal =
                loss.reply().filter(ServerReply::isNegative).map(ServerReply::reply);
        if (dotSent) {
            reportUndecided(
                    refusal.isPresent()
                            ? Outcomes.ofRefusal("the message", exchange.mx(), refusal.get())
                            : Outcomes.unknown(loss.reason()));
            return false;
        }
        boolean notBegun = sentAhead && !inStep;
        if (keptConnection && !dataAccepted && (notBegun || refusal.isEmpty() || !mailAccepted)) {
            return transaction.isUndecided();
        }
        String reason = exchange.mx() + ": " + loss.reason();
        Fault fault = refusal.isPresent() ? Fault.REPLY : Fault.ROUTE;
        reportUndecided(new DeliveryOutcome.Deferred(refusal, reason, fault));
        return false;
    }

    private void oneByOne(Iterator<Command> envelope) {
        wire.whenQuiet(() -> {
            if (transaction.hasAny(Stage.OFFERED)) {
                wire.send(List.of(envelope.next().then(() -> oneByOne(envelope))));
            } else if (transaction.hasAny(Stage.ACCEPTED)) {
                wire.send(List.of(data()));
            } else {
                resetNeeded = mailAccepted;
                done();
            }
        });
    }

    private void onReset(ServerReply reply) {
        if (!reply.isPositive()) {
            wire.lose(new Loss("the peer answered RSET with " + reply.reply(), Optional.of(reply)));
            return;
        }
        resetNeeded = false;
    }

    private void onMail(ServerReply reply) {
        if (hangsUpOrMakesNoSense("MAIL", reply)) {
            return;
        }
        mailAnswered = true;
        mailAccepted = reply.isPositive();
        if (mailAccepted) {
            faults.succeeded(transaction.hop());
        } else if (Outcomes.isAboutOurLogin(reply.reply())) {
            faults.failed(transaction.hop(), true, exchange.mx() + " answered MAIL with " + reply.reply());
        }
        if (reply.code() == PARAMETERS_NOT_KNOWN && !mailParameters().isEmpty()) {
            parametersRefused = true;
            transaction
                    .slots(Stage.OFFERED)
                    .forEach(slot -> slot.leftOver(exchange.before(), "once more, without parameters"));
        } else if (!mailAccepted) {
            DeliveryOutcome outcome = Outcomes.ofRefusal("MAIL", exchange.mx(), reply.reply());
            onceInStep(() -> transaction.reportAll(outcome, exchange));
        }
    }

    private void onRcpt(Slot slot, ServerReply reply) {
        if (!mailAccepted && reply.isNegative() && !reply.isClosing()) {
            return; // pipelined behind a MAIL that was refused
        }
        if (hangsUpOrMakesNoSense("RCPT", reply)) {
            return;
        }
        if (reply.code() == PARAMETERS_NOT_KNOWN && !parametersFor(slot).isEmpty()) {
            parametersRefused = true;
            slot.leftOver(slot.talk(), "once more, without parameters");
            return;
        }
        if (reply.isPositive()) {
            if (slot.is(Stage.OFFERED)) {
                slot.accepted();
            }
        } else if (Outcomes.tooManyRecipients(reply.reply()) && transaction.hasAny(Stage.ACCEPTED)) {
            slot.leftOver(slot.talk(), "the peer has enough recipients: once more, in a new transaction");
        } else {
            DeliveryOutcome outcome = Outcomes.ofRefusal("RCPT", exchange.mx(), reply.reply());
            onceInStep(() -> transaction.report(slot, outcome, exchange));
        }
    }

    /** Behind the end of other data, a reply that nothing had asked for would be taken for one to us, and shows at DATA only. */
    private void onceInStep(Runnable refusal) {
        if (sentAhead) {
            refusals.add(refusal);
        } else {
            refusal.run();
        }
    }

    private void onData(ServerReply reply) {
        dataAnswered = true;
        if (reply.isIntermediate() || reply.isNegative() && !reply.isClosing()) {
            inStep = true;
            refusals.forEach(Runnable::run);
        }
        boolean anyRecipient = transaction.hasAny(Stage.ACCEPTED);
        if (reply.isIntermediate()) {
            wire.whenQuiet(anyRecipient ? this::sendMessage : this::sendNothing);
        } else if (!reply.isNegative() || reply.isClosing()) {
            endConnection("DATA", reply);
        } else {
            resetNeeded = mailAccepted;
            if (anyRecipient) {
                reportUndecided(Outcomes.ofRefusal("DATA", exchange.mx(), reply.reply()));
            }
            done();
        }
    }

    private void sendMessage() {
        dataAccepted = true;
        String shown = "[" + transaction.content().size() + " bytes of message data]";
        Command endOfData = new Command(".", shown, timeouts.finalDot(), exchange.after(), this::onMessage);
        DotStuffing chunks =
                new DotStuffing(transaction.content(), wire.channel().alloc());
        wire.stream(chunks, timeouts.dataBlock(), endOfData, line.behind(this), this::onDotSent);
    }

    private void onDotSent() {
        dotSent = true;
        dotSentAt = exchange.now();
    }

    /** The peer wants a message though it took no recipient (RFC 2920, section 3.1): it gets an empty one, and nobody minds the reply. */
    private void sendNothing() {
        wire.send(List.of(new Command(".", timeouts.finalDot(), exchange.after(), reply -> {
            if (reply.isClosing()) {
                endConnection("the end of data", reply);
            } else {
                resetNeeded = false;
                done();
            }
        })));
    }

    private void onMessage(ServerReply reply) {
        if (hangsUpOrMakesNoSense("the message", reply)) {
            return;
        }
        answerTime = Duration.between(dotSentAt, exchange.now());
        reportUndecided(
                reply.isPositive()
                        ? new DeliveryOutcome.Delivered(reply.reply())
                        : Outcomes.ofRefusal("the message", exchange.mx(), reply.reply()));
        resetNeeded = false;
        done();
    }

    /** Ends the connection on 221 and 421, and on a reply that is neither a success nor a refusal. */
    private boolean hangsUpOrMakesNoSense(String command, ServerReply reply) {
        if (reply.isPositive() || reply.isNegative() && !reply.isClosing()) {
            return false;
        }
        endConnection(command, reply);
        return true;
    }

    private void endConnection(String command, ServerReply reply) {
        if (reply.isClosing()) {
            wire.lose(new Loss("the peer answered " + command + " with " + reply.reply(), Optional.of(reply)));
        } else {
            wire.lose(Loss.of("the peer answered " + command + " out of turn: " + reply.reply()));
        }
    }

    private void refuseAsTooLarge(long limit) {
        String text = "not sent: the message has " + transaction.content().size() + " bytes, " + exchange.mx()
                + " says that it takes at most " + limit;
        Talk.remark(exchange.after(), text);
        transaction.reportAll(new DeliveryOutcome.Undeliverable(TOO_LARGE, text), exchange);
        done();
    }

    private void reportUndecided(DeliveryOutcome outcome) {
        for (Stage stage : List.of(Stage.ACCEPTED, Stage.OFFERED)) {
            transaction.slots(stage).forEach(slot -> transaction.report(slot, outcome, exchange));
        }
    }

    private void done() {
        line.done(this);
    }

    private static Duration atMost(Duration limit, Duration timeout) {
        return timeout.compareTo(limit) < 0 ? timeout : limit;
    }

    private String mailLine() {
        return "MAIL FROM:<"
                + transaction.returnPath().map(EmailAddress::toString).orElse("") + ">" + mailParameters();
    }

    private String mailParameters() {
        StringBuilder parameters = new StringBuilder();
        if (capabilities.size()) {
            parameters.append(" SIZE=").append(transaction.content().size());
        }
        if (capabilities.eightBitMime() && transaction.content().hasEightBit()) {
            parameters.append(" BODY=8BITMIME");
        }
        if (capabilities.dsn()) {
            EnvelopeRequest reports = transaction.reports();
            reports.returned().ifPresent(returned -> parameters.append(" RET=").append(returned));
            reports.envelopeId().ifPresent(id -> parameters.append(" ENVID=").append(XText.encode(id)));
        }
        return parameters.toString();
    }

    private String parametersFor(Slot slot) {
        StringBuilder parameters = new StringBuilder();
        if (capabilities.dsn()) {
            RecipientRequest reports = slot.reports();
            if (!reports.occasions().isEmpty()) {
                parameters
                        .append(" NOTIFY=")
                        .append(reports.occasions().stream()
                                .sorted()
                                .map(Notify::name)
                                .collect(Collectors.joining(",")));
            }
            reports.originalRecipient().ifPresent(original -> {
                int address = original.indexOf(';') + 1;
                parameters
                        .append(" ORCPT=")
                        .append(original, 0, address)
                        .append(XText.encode(original.substring(address)));
            });
        }
        return parameters.toString();
    }
}
