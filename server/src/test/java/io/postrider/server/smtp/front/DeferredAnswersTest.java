package io.postrider.server.smtp.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.postrider.server.smtp.DeferredMessageHook;
import io.postrider.server.smtp.PromptHook;
import io.postrider.server.smtp.SmtpReplies;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.james.protocols.api.handler.ProtocolHandler;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.smtpserver.JamesMessageHook;
import org.apache.mailet.Mail;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers to messages that come later, from another thread. */
@Timeout(60)
class DeferredAnswersTest {
    @TempDir
    Path home;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    @Test
    void aPromptHookShouldDecideOnTheThreadOfTheNetworkAndHoldNobody() throws Exception {
        Deferred hook = new Deferred(true);
        Talk talk = sendMessageTo(hook);

        assertThat(hook.decision().thread()).matches(talk.rig()::isOfTheNetwork);
        LineClient other = connect(talk.rig());
        sendMessage(talk.rig(), other);
        other.send("NOOP");

        await().until(() -> hook.decisions.size() == 2);
        assertThat(talk.client().hasReply()).isFalse();
        hook.decisions.get(1).answer().complete(SmtpReplies.ok("250", "2.6.0 Second"));
        assertThat(other.code()).isEqualTo("250");
        assertThat(other.code()).isEqualTo("250");
        hook.decision().answer().complete(SmtpReplies.ok("250", "2.6.0 First"));
        assertThat(talk.client().code()).isEqualTo("250");
    }

    @Test
    void aHookThatMayWaitShouldDecideOnAWorkerAndNotKeepIt() throws Exception {
        Deferred hook = new Deferred(false);
        Talk talk = sendMessageTo(hook);

        assertThat(hook.decision().thread()).matches(thread -> !talk.rig().isOfTheNetwork(thread));
        talk.rig().awaitIdleWorker(); // there is one only
        assertThat(talk.client().hasReply()).isFalse();
        hook.decision().answer().complete(SmtpReplies.ok("250", "2.6.0 Taken"));
        assertThat(talk.client().code()).isEqualTo("250");
    }

    @Test
    void aHookBeforeItThatMayWaitShouldTakeItToAWorker() throws Exception {
        Deferred hook = new Deferred(true);
        Talk talk = sendMessageTo((JamesMessageHook) (session, mail) -> HookResult.DECLINED, hook);

        assertThat(hook.decision().thread()).matches(thread -> !talk.rig().isOfTheNetwork(thread));
        hook.decision().answer().complete(SmtpReplies.deny("554", "5.6.0 No"));
        assertThat(talk.client().code()).isEqualTo("554");
    }

    @Test
    void aPromptHookBeforeItShouldHaveItsSay() throws Exception {
        Deferred hook = new Deferred(true);
        Talk talk = sendMessageTo(new Refusing(), hook);

        assertThat(talk.client().code()).isEqualTo("550");
        assertThat(hook.decisions).isEmpty();
    }

    @Test
    void whatFollowsTheMessageShouldWaitForItsAnswer() throws Exception {
        Deferred hook = new Deferred(true);
        Talk talk = sendMessageTo(hook);
        talk.client().send("RSET\r\nMAIL FROM:<b@b.example>\r\nRCPT TO:<c@d.example>");
        talk.rig().awaitNetwork();

        assertThat(talk.client().hasReply()).isFalse();
        hook.decision().answer().complete(SmtpReplies.denySoft("452", "4.3.0 Later"));
        assertThat(talk.client().code()).isEqualTo("452");
        assertThat(List.of(
                        talk.client().code(),
                        talk.client().code(),
                        talk.client().code()))
                .containsOnly("250");
    }

    @Test
    void aDecisionThatFailsShouldBe451AndTheSessionGoOn() throws Exception {
        Deferred hook = new Deferred(true);
        Talk talk = sendMessageTo(hook);

        hook.decision().answer().completeExceptionally(new IllegalStateException("as the test wants"));
        assertThat(talk.client().code()).isEqualTo("451");
        talk.client().send("NOOP");
        assertThat(talk.client().code()).isEqualTo("250");
        assertThat(talk.rig().context.resources().handovers().used()).isZero();
    }

    @Test
    void aClientThatHasGoneShouldLeaveNothingBehindOnceItIsDecided() throws Exception {
        Deferred hook = new Deferred(true);
        Talk talk = sendMessageTo(hook);
        CompletableFuture<HookResult> answer = hook.decision().answer();
        assertThat(talk.rig().context.resources().handovers().used()).isPositive();

        talk.client().reset();
        await().until(() -> talk.rig().context.open().isEmpty());
        answer.complete(SmtpReplies.ok("250", "2.6.0 Taken"));
        await().untilAsserted(() ->
                assertThat(talk.rig().context.resources().handovers().used()).isZero());
    }

    @Test
    void aStopShouldWaitForTheAnswer() throws Exception {
        Deferred hook = new Deferred(true);
        Talk talk = sendMessageTo(hook);
        hook.decision();

        talk.rig().context.open().forEach(SmtpConnection::stop);
        talk.rig().awaitNetwork();
        assertThat(talk.rig().context.open()).allMatch(SmtpConnection::isReceiving);
        hook.decision().answer().complete(SmtpReplies.ok("250", "2.6.0 Taken"));
        assertThat(talk.client().code()).isEqualTo("250");
        assertThat(talk.client().code()).isEqualTo("421");
    }

    private record Talk(FrontRig rig, LineClient client) {}

    /** A client has sent a message, and its answer is up to the hooks. */
    private Talk sendMessageTo(ProtocolHandler... hooks) throws Exception {
        FrontRig rig = rig(hooks);
        LineClient client = connect(rig);
        sendMessage(rig, client);
        return new Talk(rig, client);
    }

    private FrontRig rig(ProtocolHandler... hooks) throws Exception {
        FrontRig rig = new FrontRig(home, Listener.INBOUND, Map.of("POSTRIDER_SMTP_THREADS", "1"), hooks);
        opened.add(rig);
        return rig;
    }

    private LineClient connect(FrontRig rig) throws IOException {
        LineClient client = new LineClient(rig.port());
        opened.add(client);
        assertThat(client.code()).isEqualTo("220");
        return client;
    }

    /** Sends a message when nothing is worked on any more, as a worker that is at work goes on with what comes. */
    private static void sendMessage(FrontRig rig, LineClient client) throws Exception {
        client.send("EHLO client.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA");
        for (String code : List.of("250", "250", "250", "354")) {
            assertThat(client.code()).isEqualTo(code);
        }
        rig.awaitIdleWorker();
        client.send("Subject: x\r\n\r\nhello\r\n.");
    }

    private record Decision(Thread thread, CompletableFuture<HookResult> answer) {}

    private static final class Deferred implements DeferredMessageHook {
        private final List<Decision> decisions = new CopyOnWriteArrayList<>();
        private final boolean prompt;

        Deferred(boolean prompt) {
            this.prompt = prompt;
        }

        @Override
        public boolean isPrompt(SMTPSession session, Mail mail) {
            return prompt;
        }

        @Override
        public CompletionStage<HookResult> decide(SMTPSession session, Mail mail) {
            Decision decision = new Decision(Thread.currentThread(), new CompletableFuture<>());
            decisions.add(decision);
            return decision.answer();
        }

        /** The first, when it is there. */
        Decision decision() {
            await().until(() -> !decisions.isEmpty());
            return decisions.get(0);
        }
    }

    private static final class Refusing implements JamesMessageHook, PromptHook {
        @Override
        public HookResult onMessage(SMTPSession session, Mail mail) {
            return SmtpReplies.deny("550", "5.7.1 No");
        }
    }
}
