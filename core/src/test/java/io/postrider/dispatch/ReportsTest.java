package io.postrider.dispatch;

import static io.postrider.dispatch.DispatchFixture.ANNE;
import static io.postrider.dispatch.DispatchFixture.DELIVERED;
import static io.postrider.dispatch.DispatchFixture.NOT_NOW;
import static io.postrider.dispatch.DispatchFixture.REFUSED;
import static io.postrider.dispatch.DispatchFixture.TTL;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Undeliverable;
import io.postrider.delivery.Lane;
import io.postrider.dispatch.DispatchFixture.Written;
import io.postrider.dispatch.simulation.SimulatedMail;
import io.postrider.dsn.DsnRequest;
import io.postrider.dsn.EnvelopeRequest;
import io.postrider.dsn.EnvelopeRequest.Returned;
import io.postrider.dsn.Notify;
import io.postrider.dsn.RecipientRequest;
import io.postrider.mail.EmailAddress;
import io.postrider.mail.EnhancedStatusCode;
import io.postrider.mail.MessageId;
import io.postrider.store.StoreUnavailableException;
import io.postrider.tenant.BounceReports;
import io.postrider.trace.AcceptedMessage;
import io.postrider.trace.Change;
import io.postrider.trace.DeliveryState;
import io.postrider.trace.EntryId;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is told of what, and in which order with the outcome. */
class ReportsTest {
    private static final EmailAddress SENDER = EmailAddress.parse("app@example.com");

    private final DispatchFixture fixture = new DispatchFixture();

    /** A mail with what its submitter wants to be told. */
    private record Wanting(SimulatedMail mail, DsnRequest dsn, byte[] content) implements Parcel {
        Wanting(SimulatedMail mail, DsnRequest dsn) {
            this(mail, dsn, mail.content());
        }

        @Override
        public Instant acceptedAt() {
            return mail.acceptedAt();
        }

        @Override
        public AcceptedMessage accepted(Collection<EmailAddress> recipients) {
            return mail.accepted(recipients);
        }

        @Override
        public int postponements() {
            return mail.postponements();
        }

        @Override
        public byte[] serialise(Collection<EmailAddress> recipients, int postponements) {
            return mail.serialise(recipients, postponements);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', NONE, false",
        "'', FAILURE, true",
        "'', FAILURE_AND_DELAY, true",
        "FAILURE, NONE, true",
        "SUCCESS, FAILURE, false",
        "DELAY, FAILURE, false",
        "NEVER, FAILURE, false"
    })
    void aFailureShouldBeToldWhereNotifyWantsItAndElseWhereTheTenantDoes(
            String notify, BounceReports wish, boolean told) {
        fixture.wish = wish;
        Written entry = begin(Optional.of(SENDER), wants(notify));
        fixture.answer(ANNE, REFUSED);
        fixture.settle();

        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.BOUNCED);
        assertThat(reports()).hasSize(told ? 1 : 0);
    }

    @Test
    void aReportShouldBeInTheQueueBeforeTheFailureIsRecorded() {
        Written entry = begin(Optional.of(SENDER), wants("FAILURE"));
        fixture.answer(ANNE, REFUSED);
        fixture.runTasks();

        assertThat(reports()).hasSize(1);
        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.QUEUED);
        assertThat(fixture.acknowledged).isEmpty();
        fixture.settle();
        assertThat(fixture.acknowledged).containsExactly(entry.id());
    }

    @Test
    void aReportShouldBeAMailOfItsTenantFromTheNullReversePath() {
        Written entry = begin(Optional.of(SENDER), wants("FAILURE"));
        fixture.answer(ANNE, REFUSED);
        fixture.settle();

        Written report = reports().get(0);
        AcceptedMessage message = fixture.log.changes.stream()
                .filter(Change.Accepted.class::isInstance)
                .map(change -> ((Change.Accepted) change).accepted())
                .filter(accepted -> accepted.id().equals(report.mail().message()))
                .findFirst()
                .orElseThrow();
        assertThat(message.sender()).isEmpty();
        assertThat(message.tenant()).isEqualTo(entry.mail().accepted(List.of()).tenant());
        assertThat(message.stream()).isEqualTo(Reports.STREAM);
        assertThat(message.recipients()).containsExactly(SENDER);
        assertThat(content(report)).contains("From: Mail Delivery System <mailer-daemon@example.com>\r\n");
    }

    @Test
    void nothingShouldBeToldOfMailFromTheNullReversePath() {
        fixture.wish = BounceReports.FAILURE_AND_DELAY;
        begin(Optional.empty(), wants("FAILURE"));
        fixture.answer(ANNE, REFUSED);
        fixture.settle();

        assertThat(reports()).isEmpty();
    }

    @Test
    void aReportShouldNeverBeReported() {
        fixture.wish = BounceReports.FAILURE_AND_DELAY;
        begin(Optional.of(SENDER), wants(""));
        fixture.answer(ANNE, REFUSED);
        fixture.settle();
        Written report = reports().get(0);

        fixture.begin(report);
        fixture.answer(SENDER, REFUSED);
        fixture.settle();

        assertThat(fixture.row(report, SENDER).state()).isEqualTo(DeliveryState.BOUNCED);
        assertThat(reports()).containsExactly(report);
    }

    @Test
    void theSecondCopyOfAReportShouldBeDropped() {
        Written entry = begin(Optional.of(SENDER), wants("FAILURE"));
        fixture.answer(ANNE, REFUSED);
        fixture.settle();
        Written report = reports().get(0);
        fixture.begin(report);
        fixture.answer(SENDER, DELIVERED);
        fixture.settle();
        int given = fixture.engine.given.size();

        // As after a death between the report and the record: the same failure, told by the same id.
        fixture.queue.put(report.id(), report.mail().message(), report.mail().encode(), Optional.empty());
        assertThat(fixture.admit(fixture.queue.last())).isInstanceOf(Dispatcher.Admission.Done.class);
        assertThat(fixture.engine.given).hasSize(given);
        assertThat(report.mail().message())
                .isEqualTo(entry.mail().message().derived("FAILED " + ANNE))
                .isNotEqualTo(entry.mail().message().derived("DELAYED " + ANNE));
    }

    @Test
    void aBounceByThePipelineShouldBeTold() {
        Written entry = write(Optional.of(SENDER));
        admit(entry, wants("FAILURE"));
        fixture.dispatcher.bounce(
                entry.id(), entry.mail().message(), List.of(ANNE), new EnhancedStatusCode(5, 7, 1), "not allowed");
        fixture.dispatcher.endOfPipeline(entry.id(), "forgotten");
        fixture.settle();

        assertThat(content(reports().get(0)))
                .contains("Status: 5.7.1\r\n", "not allowed")
                .doesNotContain("Remote-MTA", "Diagnostic-Code", "Last-Attempt-Date");
    }

    @Test
    void anExpiredDeliveryShouldBeToldAsTimeOver() {
        begin(Optional.of(SENDER), wants("FAILURE"));
        fixture.clock.advance(TTL);
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();

        assertThat(content(reports().get(0))).contains("Action: failed\r\nStatus: 4.4.7\r\n", "retry.ttl");
    }

    @Test
    void aCancelledDeliveryShouldNotBeTold() {
        Written entry = begin(Optional.of(SENDER), wants("FAILURE"));
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();
        fixture.operations.cancel(entry.mail().message());
        fixture.settle();

        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.CANCELLED);
        assertThat(reports()).isEmpty();
    }

    @Test
    void aHandOverShouldBeToldOnlyWhereNotifyWantsIt() {
        fixture.wish = BounceReports.FAILURE_AND_DELAY;
        begin(Optional.of(SENDER), wants(""));
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        assertThat(reports()).isEmpty();

        Written entry = begin(Optional.of(SENDER), wants("SUCCESS"));
        fixture.answer(ANNE, DELIVERED);
        fixture.settle();
        fixture.settle();
        assertThat(content(reports().get(0))).contains("Action: relayed\r\nStatus: 2.");
        assertThat(fixture.acknowledged).contains(entry.id());
    }

    @ParameterizedTest
    @CsvSource({"'', FAILURE_AND_DELAY, 1", "'', FAILURE, 0", "DELAY, NONE, 1", "NEVER, FAILURE_AND_DELAY, 0"})
    void aDelayShouldBeToldWhereItIsWanted(String notify, BounceReports wish, int told) {
        fixture.wish = wish;
        begin(Optional.of(SENDER), wants(notify));
        fixture.clock.advance(DispatchFixture.DELAY_AFTER);
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();

        assertThat(reports()).hasSize(told);
        assertThat(reports())
                .allSatisfy(report -> assertThat(content(report))
                        .contains("Action: delayed\r\nStatus: 4.0.0\r\n", "Will-Retry-Until: "));
    }

    @Test
    void aDelayShouldBeToldOnceAndNotBeforeItsTime() {
        DsnRequest wanted = wants("DELAY");
        begin(Optional.of(SENDER), wanted);
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();
        assertThat(reports()).as("too early").isEmpty();

        fixture.clock.advance(DispatchFixture.DELAY_AFTER);
        for (int i = 0; i < 2; i++) {
            Written next = lastPutOff();
            work(next, wanted);
            fixture.answer(ANNE, NOT_NOW);
            fixture.settle();
            assertThat(lastPutOff()).isNotEqualTo(next);
            assertThat(reports()).hasSize(1);
        }
    }

    @Test
    void aDelayOfWhatRestsShouldBeToldOnceAndNotBeforeItsTime() {
        fixture.wish = BounceReports.FAILURE_AND_DELAY;
        RestingDelays delays =
                new RestingDelays(fixture.clock, fixture.backlogs, fixture.queue, fixture.log, fixture.reports());
        for (int i = 0; i < 3; i++) {
            begin(Optional.of(SENDER), wants(""));
            fixture.engine.last().listener().noRoom(ANNE, new Lane(DispatchFixture.FIRST_HOP, ""), "busy");
            fixture.settle();
            fixture.clock.advance(DispatchFixture.DELAY_AFTER.dividedBy(2));
        }
        assertThat(fixture.resting.all()).hasSize(3);

        delays.run();
        assertThat(reports()).as("of the two that have waited for long").hasSize(2);
        assertThat(reports()).allSatisfy(report -> assertThat(content(report)).contains("Action: delayed\r\n"));
        fixture.clock.advance(Duration.ofMinutes(2));
        delays.run();
        fixture.settle();
        new RestingDelays(fixture.clock, fixture.backlogs, fixture.queue, fixture.log, fixture.reports()).run();
        assertThat(reports()).hasSize(2);
        fixture.clock.advance(DispatchFixture.DELAY_AFTER);
        delays.run();
        assertThat(reports()).hasSize(3);
    }

    @Test
    void aDelayThatCannotBeToldShouldNotHoldUpTheDelivery() {
        Written entry = begin(Optional.of(SENDER), wants("DELAY"));
        fixture.clock.advance(DispatchFixture.DELAY_AFTER);
        fixture.log.meanwhile = () -> {
            throw new StoreUnavailableException("a call", new IllegalStateException("silent"));
        };
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();

        assertThat(reports()).isEmpty();
        assertThat(fixture.acknowledged).containsExactly(entry.id());
    }

    @Test
    void retFullShouldGiveBackTheWholeMessage() {
        begin(
                Optional.of(SENDER),
                new DsnRequest(
                        new EnvelopeRequest(Optional.of(Returned.FULL), Optional.of("order 1")),
                        wants("FAILURE").recipients()));
        fixture.answer(ANNE, REFUSED);
        fixture.settle();

        assertThat(content(reports().get(0)))
                .contains("Content-Type: message/rfc822\r\n", "a message\r\n", "Original-Envelope-Id: order 1\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "5.1.10, 'the domain takes no mail (null MX)'",
        "5.1.2, 'the domain does not exist'",
        "5.4.6, 'the mail would come back to this server'"
    })
    void whatDnsSaysForCertainShouldBeToldWithItsStatusAndNoPeer(String status, String reason) {
        begin(Optional.of(SENDER), wants("FAILURE"));
        fixture.answer(ANNE, new Undeliverable(EnhancedStatusCode.parse(status), reason));
        fixture.settle();

        assertThat(content(reports().get(0)))
                .contains("Action: failed\r\nStatus: " + status + "\r\n", reason, "Last-Attempt-Date: ")
                .doesNotContain("Remote-MTA", "Diagnostic-Code");
    }

    @Test
    void aRefusalByAPeerShouldBeToldWithItsNameAndItsWords() {
        begin(Optional.of(SENDER), wants("FAILURE"));
        fixture.answer(ANNE, REFUSED);
        fixture.settle();

        // RFC 3464, section 2.3: type, then what it is.
        assertThat(content(reports().get(0)))
                .contains(
                        "Final-Recipient: rfc822; anne@example.net\r\n",
                        "Action: failed\r\nStatus: 5.1.1\r\n",
                        "Remote-MTA: dns; mx\r\n",
                        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n");
    }

    @ParameterizedTest
    @CsvSource({"FAILURE", "SUCCESS", "DELAY", "'FAILURE SUCCESS DELAY'", "NEVER", "''"})
    void mailFromTheNullReversePathShouldNeverBeReportedWhateverNotifySays(String notify) {
        fixture.wish = BounceReports.FAILURE_AND_DELAY;
        for (DeliveryOutcome outcome : List.of(REFUSED, DELIVERED, NOT_NOW)) {
            begin(Optional.empty(), wants(notify));
            fixture.clock.advance(DispatchFixture.DELAY_AFTER);
            fixture.answer(ANNE, outcome);
            fixture.settle();
        }

        assertThat(reports()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'FAILURE', failed",
        "'SUCCESS', relayed",
        "'DELAY', delayed",
        "'FAILURE DELAY', 'failed delayed'",
        "'SUCCESS FAILURE', 'failed relayed'",
        "'SUCCESS FAILURE DELAY', 'failed relayed delayed'",
        "'NEVER', ''"
    })
    void eachOutcomeShouldBeToldAsNotifySaysWhateverTheTenantWants(String notify, String told) {
        for (BounceReports wish : BounceReports.values()) {
            fixture.wish = wish;
            int before = reports().size();
            for (DeliveryOutcome outcome : List.of(REFUSED, DELIVERED, NOT_NOW)) {
                begin(Optional.of(SENDER), wants(notify));
                fixture.clock.advance(DispatchFixture.DELAY_AFTER);
                fixture.answer(ANNE, outcome);
                fixture.settle();
                fixture.settle();
            }
            List<String> actions = reports().stream()
                    .skip(before)
                    .map(report -> content(report).replaceAll("(?s).*\r\nAction: (\\w+)\r\n.*", "$1"))
                    .toList();
            assertThat(String.join(" ", actions)).isEqualTo(told);
        }
    }

    @Test
    void whatIsPostponedAllItsLifeShouldBeToldAsTimeOver() {
        DsnRequest wanted = wants("FAILURE");
        Written entry = begin(Optional.of(SENDER), wanted);
        for (int i = 0; i < 30 && !fixture.row(entry, ANNE).state().isFinal(); i++) {
            fixture.engine.last().listener().postponed(ANNE, "busy");
            fixture.settle();
            if (!fixture.row(entry, ANNE).state().isFinal()) {
                Written next = lastPutOff();
                fixture.clock.advance(
                        Duration.between(fixture.clock.instant(), next.due().orElseThrow()));
                work(next, wanted);
            }
        }

        assertThat(fixture.row(entry, ANNE).state()).isEqualTo(DeliveryState.EXPIRED);
        assertThat(reports()).hasSize(1);
        assertThat(content(reports().get(0)))
                .contains("Action: failed\r\nStatus: 4.4.7\r\n", "no further attempt was made: busy")
                .doesNotContain("Remote-MTA", "Diagnostic-Code", "Last-Attempt-Date");
    }

    @Test
    void aClockThatIsSetBackShouldNeitherTellADelayTwiceNorKeepTheMailForLonger() {
        DsnRequest wanted = wants("DELAY");
        Written first = begin(Optional.of(SENDER), wanted);
        Instant end = first.mail().acceptedAt().plus(TTL);
        fixture.clock.advance(DispatchFixture.DELAY_AFTER);
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();
        assertThat(reports()).hasSize(1);

        fixture.clock.advance(DispatchFixture.DELAY_AFTER.plusMinutes(5).negated());
        Written again = lastPutOff();
        work(again, wanted);
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();
        assertThat(reports()).as("before its time by this clock").hasSize(1);
        assertThat(lastPutOff().due().orElseThrow())
                .isAfter(fixture.clock.instant())
                .isBeforeOrEqualTo(end);

        fixture.clock.advance(DispatchFixture.DELAY_AFTER.plusMinutes(10));
        work(lastPutOff(), wanted);
        fixture.answer(ANNE, NOT_NOW);
        fixture.settle();
        assertThat(reports()).as("told once, whatever the clock says").hasSize(1);
    }

    @Test
    void aLargeMessageShouldNotBeGivenBackWholeAlsoWhereThatIsAskedFor() {
        byte[] header = "From: app@example.com\r\nSubject: large\r\n\r\n".getBytes(US_ASCII);
        byte[] large = Arrays.copyOf(header, 25 << 20);
        Arrays.fill(large, header.length, large.length, (byte) 'x');
        DsnRequest wanted = new DsnRequest(
                new EnvelopeRequest(Optional.of(Returned.FULL), Optional.empty()),
                wants("FAILURE").recipients());
        Written entry = write(Optional.of(SENDER));
        fixture.dispatcher.admit(entry.head(), new Wanting(entry.mail(), wanted, large), () -> {});
        fixture.handOver(entry, List.of(ANNE));
        fixture.dispatcher.endOfPipeline(entry.id(), "forgotten");
        fixture.runTasks();
        fixture.answer(ANNE, REFUSED);
        fixture.settle();

        assertThat(content(reports().get(0)))
                .hasSizeLessThan(5000)
                .contains("Content-Type: text/rfc822-headers\r\n", "Subject: large\r\n")
                .doesNotContain("xxxx", "message/rfc822", "message/global");
    }

    private Written begin(Optional<EmailAddress> sender, DsnRequest wanted) {
        Written entry = write(sender);
        work(entry, wanted);
        return entry;
    }

    private Written write(Optional<EmailAddress> sender) {
        MessageId message = MessageId.at(fixture.clock.instant(), fixture.random);
        SimulatedMail mail =
                new SimulatedMail(message, fixture.clock.instant(), false, 0, "app", sender, List.of(ANNE));
        fixture.clock.advance(Duration.ofMillis(1));
        fixture.queue.put(EntryId.firstOf(message), message, mail.encode(), Optional.empty());
        fixture.log.append(List.of(new Change.Accepted(mail.accepted(mail.recipients()))));
        return fixture.queue.last();
    }

    private void admit(Written entry, DsnRequest wanted) {
        fixture.dispatcher.admit(
                entry.head(), new Wanting(entry.mail(), wanted), () -> fixture.acknowledged.add(entry.id()));
    }

    private void work(Written entry, DsnRequest wanted) {
        admit(entry, wanted);
        fixture.handOver(entry, List.of(ANNE));
        fixture.dispatcher.endOfPipeline(entry.id(), "forgotten");
        fixture.runTasks();
    }

    private Written lastPutOff() {
        return fixture.queue.written.stream()
                .filter(entry -> entry.due().isPresent())
                .reduce((one, other) -> other)
                .orElseThrow();
    }

    private List<Written> reports() {
        return fixture.queue.written.stream()
                .filter(entry -> entry.mail().submitter().equals(Reports.SUBMITTER))
                .toList();
    }

    private String content(Written report) {
        byte[] content = fixture.queue.contents.get(report.mail().message());
        // Unfolded, as a reader has it.
        return new String(content, US_ASCII).replace("\r\n ", " ");
    }

    private static DsnRequest wants(String notify) {
        Set<Notify> occasions = notify.isEmpty()
                ? Set.of()
                : Arrays.stream(notify.split(" ")).map(Notify::valueOf).collect(Collectors.toSet());
        return new DsnRequest(EnvelopeRequest.NONE, Map.of(ANNE, new RecipientRequest(occasions, Optional.empty())));
    }
}
