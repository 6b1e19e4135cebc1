package io.postrider.server.smtp.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.postrider.server.smtp.PromptHook;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.james.core.MailAddress;
import org.apache.james.core.MaybeSender;
import org.apache.james.protocols.api.handler.ProtocolHandler;
import org.apache.james.protocols.smtp.SMTPSession;
import org.apache.james.protocols.smtp.core.log.HookResultLogger;
import org.apache.james.protocols.smtp.hook.Hook;
import org.apache.james.protocols.smtp.hook.HookResult;
import org.apache.james.protocols.smtp.hook.HookResultHook;
import org.apache.james.protocols.smtp.hook.MailHook;
import org.apache.james.protocols.smtp.hook.RcptHook;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On which thread a command is answered: that of the network only when no hook of it may wait. */
@Timeout(60)
class PromptCommandsTest {
    private static final String MAIL = "MAIL FROM:<a@b.example>";
    private static final String RCPT = "RCPT TO:<c@d.example>";

    @TempDir
    Path home;

    private Optional<FrontRig> rig = Optional.empty();
    private Optional<LineClient> client = Optional.empty();

    @AfterEach
    void close() throws Exception {
        if (client.isPresent()) {
            client.get().close();
        }
        if (rig.isPresent()) {
            rig.get().close();
        }
    }

    @Test
    void aCommandOfPromptHooksShouldStayOnTheThreadOfTheNetwork() throws Exception {
        Prompt hook = new Prompt("");
        start(hook, new HookResultLogger());

        say(MAIL, "250");
        say(RCPT, "250");

        assertThat(hook.threads).hasSize(2).allSatisfy(this::isOfTheNetwork);
    }

    @Test
    void aCommandWithOneHookThatMayWaitShouldLeaveTheThreadOfTheNetwork() throws Exception {
        Prompt prompt = new Prompt("");
        MayWait mayWait = new MayWait();
        start(prompt, mayWait);

        say(MAIL, "250");
        say(RCPT, "250");

        assertThat(mayWait.threads).singleElement().satisfies(this::isOfAWorker);
        assertThat(prompt.threads)
                .satisfiesExactly(this::isOfAWorker, this::isOfTheNetwork); // RCPT has no hook but the prompt one
    }

    @Test
    void aHookThatIsNotPromptThisTimeShouldHaveItsCommandLeaveTheThreadOfTheNetwork() throws Exception {
        Prompt hook = new Prompt("unknown");
        start(hook);
        say(MAIL, "250");

        say(RCPT, "250");
        say("RCPT TO:<unknown@d.example>", "250");
        say(RCPT, "250");

        assertThat(hook.threads.subList(1, 4))
                .satisfiesExactly(this::isOfTheNetwork, this::isOfAWorker, this::isOfTheNetwork);
    }

    @Test
    void noCommandShouldStayOnTheThreadOfTheNetworkWhereAHookOfResultsMayWait() throws Exception {
        Prompt hook = new Prompt("");
        HookResultHook ofResults = new HookResultHook() {
            @Override
            public HookResult onHookResult(SMTPSession session, HookResult result, long executionTime, Hook from) {
                return result;
            }
        };
        start(hook, ofResults);

        say(MAIL, "250");
        say(RCPT, "250");

        assertThat(hook.threads).hasSize(2).allSatisfy(this::isOfAWorker);
    }

    @Test
    void aDiskThatHangsShouldNotKeepTheThreadOfTheNetwork() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        Capacity capacity = new Capacity(
                () -> false,
                () -> {
                    asked.countDown();
                    try {
                        end.await();
                        return Long.MAX_VALUE;
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                },
                1);
        Prompt hook = new Prompt("");
        start(new CapacityHook(capacity), hook);
        Thread watch = new Thread(capacity::look, "watch");
        watch.start();
        asked.await();

        say(MAIL, "250");

        assertThat(hook.threads).singleElement().satisfies(this::isOfTheNetwork);
        end.countDown();
        watch.join();
    }

    private void isOfTheNetwork(Thread thread) {
        assertThat(thread).matches(rig.orElseThrow()::isOfTheNetwork, "is a thread of the network");
    }

    private void isOfAWorker(Thread thread) {
        assertThat(thread.getName()).isEqualTo("smtp-1");
    }

    /** A session that has said EHLO. */
    private void start(ProtocolHandler... hooks) throws Exception {
        rig = Optional.of(new FrontRig(home, Listener.INBOUND, Map.of("POSTRIDER_SMTP_THREADS", "1"), hooks));
        client = Optional.of(new LineClient(rig.get().port()));
        assertThat(client.get().code()).isEqualTo("220");
        say("EHLO client.example", "250");
    }

    /** Says a command when nothing is worked on any more, as a worker that is at work goes on with what comes. */
    private void say(String command, String code) throws Exception {
        rig.orElseThrow().awaitIdleWorker();
        client.orElseThrow().send(command);
        assertThat(client.get().code()).isEqualTo(code);
    }

    private static class MayWait implements MailHook {
        final List<Thread> threads = new CopyOnWriteArrayList<>();

        @Override
        public HookResult doMail(SMTPSession session, MaybeSender sender) {
            threads.add(Thread.currentThread());
            return HookResult.DECLINED;
        }
    }

    private static final class Prompt extends MayWait implements RcptHook, PromptHook {
        private final String slowWord;

        /** @param slowWord what a line must have in it to be one that it may wait for; none does when it is empty */
        Prompt(String slowWord) {
            this.slowWord = slowWord;
        }

        @Override
        public HookResult doRcpt(SMTPSession session, MaybeSender sender, MailAddress recipient) {
            threads.add(Thread.currentThread());
            return HookResult.OK;
        }

        @Override
        public boolean isPrompt(SMTPSession session, String line) {
            return slowWord.isEmpty() || !line.contains(slowWord);
        }
    }
}
