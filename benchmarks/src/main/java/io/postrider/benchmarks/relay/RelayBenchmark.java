package io.postrider.benchmarks.relay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Sends mails through a server that relays to the sink of this process, and prints one line of JSON for each run. Exit code 1: mail was lost. */
@Command(name = "relay-benchmark", mixinStandardHelpOptions = true, showDefaultValues = true)
public final class RelayBenchmark implements Callable<Integer> {
    private static final long STALLED_SECONDS = 60;
    private static final long SAMPLE_MILLIS = 500;

    @Option(names = "--label", description = "names the run")
    private String label = "server";

    @Option(names = "--target", required = true, description = "HOST:PORT of the server under test, on loopback")
    private String target = "";

    @Option(names = "--sink-port", required = true, description = "where the server delivers to")
    private int sinkPort;

    @Option(
            names = "--pid",
            required = true,
            split = ",",
            description = "processes of the server, with all their descendants")
    private Set<Long> pids = Set.of();

    @Option(names = "--messages")
    private int messages = 10_000;

    @Option(names = "--warmup", description = "messages before the first run")
    private int warmup = 5_000;

    @Option(names = "--size", description = "octets of a message")
    private int size = 4096;

    @Option(names = "--sessions", description = "kept connections that submit")
    private int sessions = 20;

    @Option(names = "--domains", description = "recipient domains")
    private int domains = 1;

    @Option(names = "--recipients", description = "of each message")
    private int recipients = 1;

    @Option(names = "--rate", description = "messages a second; 0 for as many as go")
    private double rate;

    @Option(names = "--runs")
    private int runs = 1;

    @Option(names = "--sender")
    private String sender = "app@sender.test";

    @Option(names = "--starttls")
    private boolean startTls;

    @Option(names = "--auth", description = "USER:PASSWORD")
    private @Nullable String login;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition change = lock.newCondition();
    // What has come to the sink of the run that is under way; guarded by the lock.
    private String run = "";
    private @Nullable Load load;
    /** Recipients of each message for whom it has not come yet. */
    private int[] missing = {};

    private int count;
    private int copies;
    private int wanted;
    private long lastAt;
    private Histogram endToEndNanos = new Histogram(3);

    /** Runs the command. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new RelayBenchmark()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        InetSocketAddress address = address();
        ServerProcesses server = new ServerProcesses(pids);
        boolean lost = false;
        try (Sink sink = new Sink(sinkPort, this::taken)) {
            if (warmup > 0) {
                lost = run(address, server, sink, "warmup", warmup).lost() > 0;
            }
            for (int i = 1; i <= runs; i++) {
                Result result = run(address, server, sink, "run" + i, messages);
                lost |= result.lost() > 0;
                print(result);
            }
        }
        return lost ? 1 : 0;
    }

    private static void print(Result result) throws JsonProcessingException {
        System.out.println(new ObjectMapper().writeValueAsString(result));
    }

    private InetSocketAddress address() {
        int colon = target.lastIndexOf(':');
        InetSocketAddress address =
                new InetSocketAddress(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)));
        if (!address.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("--target: '" + target + "' (expected: an address of loopback)");
        }
        return address;
    }

    private Result run(InetSocketAddress address, ServerProcesses server, Sink sink, String name, int messagesOfRun)
            throws IOException, InterruptedException {
        String id = name + "-" + ProcessHandle.current().pid() + "-" + System.currentTimeMillis();
        Mails mails = new Mails(id, sender, size, domains, recipients);
        Load next =
                new Load(new Load.Target(address, startTls, Optional.ofNullable(login)), mails, messagesOfRun, rate);
        begin(id, next, messagesOfRun);
        int connections = sink.connections();
        double cpu = server.cpuSeconds();
        MachineTime machine = MachineTime.now();
        double own =
                ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
        PeakMemory memory = new PeakMemory(server, SAMPLE_MILLIS);
        next.run(sessions);
        long accepted = System.nanoTime();
        awaitAll();
        double peak = memory.stop();
        double spent = server.cpuSeconds() - cpu;
        double ownSpent =
                ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos() / 1e9 - own;
        double foreign = MachineTime.now().shareBeside(machine, spent + ownSpent);
        lock.lock();
        try {
            return new Result(
                    label,
                    messagesOfRun,
                    size,
                    sessions,
                    domains,
                    recipients,
                    Result.rounded(messagesOfRun / ((accepted - next.startedAt()) / 1e9)),
                    Result.rounded(count / ((lastAt - next.startedAt()) / 1e9)),
                    Result.Latency.of(next.acceptNanos()),
                    Result.Latency.of(endToEndNanos),
                    Result.rounded(spent * 1000 / messagesOfRun),
                    Result.rounded(peak),
                    Result.rounded(foreign),
                    sink.connections() - connections,
                    next.later(),
                    messagesOfRun - count,
                    copies);
        } finally {
            lock.unlock();
        }
    }

    private void begin(String id, Load next, int messagesOfRun) {
        lock.lock();
        try {
            run = id;
            load = next;
            missing = new int[messagesOfRun];
            Arrays.fill(missing, recipients);
            count = 0;
            copies = 0;
            wanted = messagesOfRun;
            lastAt = System.nanoTime();
            endToEndNanos = new Histogram(3);
        } finally {
            lock.unlock();
        }
    }

    private void taken(String ofRun, int number, int recipientsTaken) {
        long now = System.nanoTime();
        lock.lock();
        try {
            if (!ofRun.equals(run) || load == null) {
                return; // of an earlier run
            }
            int left = missing[number] - recipientsTaken;
            if (left < 0) {
                copies++;
                return;
            }
            missing[number] = left;
            lastAt = now;
            if (left > 0) {
                return;
            }
            endToEndNanos.recordValue(Math.max(0, now - load.sentAt(number)));
            if (++count == wanted) {
                change.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for all that was accepted, or until nothing has come for a while. */
    private void awaitAll() throws InterruptedException {
        lock.lock();
        try {
            while (count < wanted) {
                long idle = System.nanoTime() - lastAt;
                long left = TimeUnit.SECONDS.toNanos(STALLED_SECONDS) - idle;
                if (left <= 0) {
                    return;
                }
                change.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
