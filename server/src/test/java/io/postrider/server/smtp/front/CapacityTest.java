package io.postrider.server.smtp.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class CapacityTest {
    private final AtomicBoolean behind = new AtomicBoolean();
    private final AtomicLong free = new AtomicLong(1000);
    private final Capacity capacity = new Capacity(behind::get, free::get, 500);

    @Test
    void thereShouldBeRoomAsLongAsNothingIsShort() {
        capacity.look();

        assertThat(capacity.shortage()).isEmpty();
    }

    @Test
    void aLogThatIsBehindShouldPutMailOff() {
        behind.set(true);

        assertThat(capacity.shortage()).get().asString().startsWith("4.3.1").contains("log");
    }

    @Test
    void aDiskThatIsNearlyFullShouldPutMailOffUntilThereIsRoomAgain() {
        free.set(499);
        capacity.look();
        assertThat(capacity.shortage()).get().asString().startsWith("4.3.1").contains("store.minFreeDisk");

        free.set(500);
        capacity.look();
        assertThat(capacity.shortage()).isEmpty();
    }

    @Test
    void aRealDiskShouldBeAskedForItsSpace(@TempDir Path directory) throws IOException {
        long usable = Files.getFileStore(directory).getUsableSpace();
        Capacity enough = new Capacity(behind::get, List.of(directory), usable / 2);
        Capacity tooLittle = new Capacity(behind::get, List.of(directory), usable * 2);
        enough.look();
        tooLittle.look();

        assertThat(enough.shortage()).isEmpty();
        assertThat(tooLittle.shortage()).isPresent();
    }

    @Test
    void aDiskThatCannotBeAskedShouldNotStopMail() {
        Capacity blind = new Capacity(
                behind::get,
                () -> {
                    throw new IOException("gone");
                },
                500);
        blind.look();

        assertThat(blind.shortage()).isEmpty();
    }

    @Test
    @Timeout(30)
    void whoAsksShouldNotWaitForADiskThatHangs() throws InterruptedException {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answers = new CountDownLatch(1);
        Capacity hanging = new Capacity(
                behind::get,
                () -> {
                    asked.countDown();
                    awaitUninterrupted(answers);
                    return 499;
                },
                500);
        Thread watch = new Thread(hanging::look, "watch");
        watch.start();
        asked.await();

        assertThat(hanging.shortage()).isEmpty();
        answers.countDown();
        watch.join();
        assertThat(hanging.shortage()).isPresent();
    }

    private static void awaitUninterrupted(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
