package io.postrider.benchmarks.relay;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Watches the memory of processes on a thread of its own. */
final class PeakMemory {
    private final ServerProcesses server;
    private final long millis;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread;
    private volatile double peak;

    PeakMemory(ServerProcesses server, long millis) {
        this.server = server;
        this.millis = millis;
        this.thread = new Thread(this::watch, "peak-memory");
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        try {
            do {
                peak = Math.max(peak, server.memoryMib());
            } while (!over.await(millis, TimeUnit.MILLISECONDS));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** In MiB. */
    double stop() throws InterruptedException {
        over.countDown();
        thread.join();
        return peak;
    }
}
