package io.postrider.delivery.smtp;

import static io.postrider.delivery.smtp.EngineRig.ALICE;
import static io.postrider.delivery.smtp.EngineRig.MESSAGE;
import static io.postrider.delivery.smtp.EngineRig.NO_TLS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.DeliveryOutcome.Deferred;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Relay;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One row of {@code docs/reference/peers.md}: what a peer does, and what comes of it. */
final class PeerBehaviour {
    private static final String NONE = "none";
    private static final Pattern UNCLEAN = Pattern.compile("[\\p{Cc}\\u202e\\u2028&&[^\t]]");
    private static final Duration IMPATIENT = Duration.ofMillis(250);
    private static final Duration PATIENT = Duration.ofSeconds(8);

    /** What came of a recipient. */
    enum Result {
        DELIVERED("delivered", NONE),
        BOUNCED("bounced", NONE),
        LATER("deferred", "later, the same way"),
        LATER_OR_ELSEWHERE("deferred", "later, or another way at once"),
        LATER_SAME_WAY_ONLY("deferred, outcome unknown", "later, the same way only");

        private final String state;
        private final String retry;

        Result(String state, String retry) {
            this.state = state;
            this.retry = retry;
        }

        static Result of(DeliveryOutcome outcome) {
            if (outcome instanceof DeliveryOutcome.Delivered) {
                return DELIVERED;
            }
            if (outcome instanceof Deferred deferred) {
                return switch (deferred.fault()) {
                    case REPLY -> LATER;
                    case ROUTE -> LATER_OR_ELSEWHERE;
                    case UNKNOWN_OUTCOME -> LATER_SAME_WAY_ONLY;
                };
            }
            return BOUNCED;
        }
    }

    private final String stage;
    private final String peer;
    private final Supplier<PeerScript> script;
    private Relay.Tls tls = NO_TLS;
    private Optional<Login> login = Optional.empty();
    private Duration timeout = PATIENT;
    private String host = "127.0.0.1";
    private String text = MESSAGE;
    private int mailsBefore;
    private List<EmailAddress> recipients = List.of(ALICE);
    private List<Result> results = List.of();
    private String retried = "";
    private String traced = "";
    private int sessions = 1;
    private int messages = -1;
    private List<String> commands = List.of();
    private List<String> notCommands = List.of();

    private PeerBehaviour(String stage, String peer, Supplier<PeerScript> script) {
        this.stage = stage;
        this.peer = peer;
        this.script = script;
    }

    /** @param script made anew for each run, since it counts */
    static PeerBehaviour at(String stage, String peer, Supplier<PeerScript> script) {
        return new PeerBehaviour(stage, peer, script);
    }

    /** Each step may take only a moment. */
    PeerBehaviour withShortTimeouts() {
        timeout = IMPATIENT;
        return this;
    }

    PeerBehaviour with(Relay.Tls mode) {
        tls = mode;
        return this;
    }

    PeerBehaviour under(String name) {
        host = name;
        return this;
    }

    PeerBehaviour with(Login credentials) {
        login = Optional.of(credentials);
        return this;
    }

    PeerBehaviour sending(String message) {
        text = message;
        return this;
    }

    /** So many mails go before the one that the row is about. */
    PeerBehaviour after(int mails) {
        mailsBefore = mails;
        return this;
    }

    PeerBehaviour to(EmailAddress... all) {
        recipients = List.of(all);
        return this;
    }

    /** What comes of the recipients, in their order. */
    PeerBehaviour gives(Result... each) {
        results = List.of(each);
        return this;
    }

    /** What the trace says: a part of the reply, of the reason or of a line of the talk. */
    PeerBehaviour traced(String part) {
        traced = part;
        return this;
    }

    /** That something was tried again at once, in words for the table. */
    PeerBehaviour retriedAtOnce(String how) {
        retried = how;
        return this;
    }

    PeerBehaviour onConnections(int count) {
        sessions = count;
        return this;
    }

    /** How many messages the peer read to their end, those before among them. */
    PeerBehaviour receiving(int count) {
        messages = count;
        return this;
    }

    PeerBehaviour hearing(String... lines) {
        commands = List.of(lines);
        return this;
    }

    PeerBehaviour notHearing(String... verbs) {
        notCommands = List.of(verbs);
        return this;
    }

    void check() {
        try (EngineRig rig = new EngineRig(EngineRig.settings(timeout, PATIENT))) {
            ScriptedSmtpPeer served = rig.peer(script.get(), host, tls, login, 1, 100);
            for (int i = 0; i < mailsBefore; i++) {
                rig.deliver(ALICE).awaits(1);
            }
            Recorder heard = rig.deliverText(text, recipients.toArray(EmailAddress[]::new))
                    .awaits(recipients.size());

            List<Attempt> attempts = recipients.stream().map(heard::attempt).toList();
            assertThat(attempts.stream()
                            .map(attempt -> Result.of(attempt.outcome()))
                            .toList())
                    .as(attempts.toString())
                    .isEqualTo(results);
            assertThat(attempts.stream().flatMap(PeerBehaviour::words).toList())
                    .anyMatch(line -> line.contains(traced));
            assertThat(attempts.stream().flatMap(PeerBehaviour::words).toList())
                    .as("clean and bounded")
                    .noneMatch(line -> UNCLEAN.matcher(line).find())
                    .allMatch(line -> line.length() <= 66_000);
            assertThat(attempts).allMatch(attempt -> attempt.talk().size() <= Talk.MAX_LINES);
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .atMost(PATIENT)
                    .untilAsserted(() -> checkWhatWasServed(served));
        }
    }

    private void checkWhatWasServed(ScriptedSmtpPeer served) {
        assertThat(served.sessions()).as("connections").hasSize(sessions);
        if (messages >= 0) {
            assertThat(served.messages()).as("messages").hasSize(messages);
        }
        if (!commands.isEmpty()) {
            assertThat(served.commands()).containsSubsequence(commands);
        }
        notCommands.forEach(verb -> assertThat(served.commands()).noneMatch(command -> command.startsWith(verb)));
    }

    private static Stream<String> words(Attempt attempt) {
        List<String> words = new ArrayList<>(attempt.talk());
        attempt.outcome().finalReply().ifPresent(reply -> words.add(reply.toString()));
        if (attempt.outcome() instanceof Deferred deferred) {
            words.add(deferred.reason());
        }
        attempt.connection().certificateProblem().ifPresent(words::add);
        return words.stream();
    }

    /** As a line of the table. */
    String row(int number) {
        String states = results.stream().map(result -> result.state).collect(Collectors.joining(", "));
        String retries = results.stream()
                .map(result -> result.retry)
                .filter(retry -> !retry.equals(NONE))
                .distinct()
                .collect(Collectors.joining(", "));
        String all = retried.isEmpty() ? retries.isEmpty() ? NONE : retries : retried;
        return String.join(" | ", "| " + number, stage, cell(peer), states, all, "`" + cell(traced) + "` |");
    }

    private static String cell(String words) {
        return words.replace("|", "\\|");
    }

    @Override
    public String toString() {
        return stage + ": " + peer;
    }
}
