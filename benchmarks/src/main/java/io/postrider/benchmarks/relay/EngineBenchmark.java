package io.postrider.benchmarks.relay;

import io.postrider.delivery.Attempt;
import io.postrider.delivery.DeliveryEngine;
import io.postrider.delivery.DeliveryEngine.Addressee;
import io.postrider.delivery.DeliveryEngine.Consignment;
import io.postrider.delivery.DeliveryOutcome;
import io.postrider.delivery.RelayFaults;
import io.postrider.delivery.SevenBitHops;
import io.postrider.delivery.smtp.Endpoint;
import io.postrider.delivery.smtp.SmtpClientSettings;
import io.postrider.delivery.smtp.SmtpDeliveryEngine;
import io.postrider.dns.Dns;
import io.postrider.dns.DnsAnswer;
import io.postrider.dns.HostAddresses;
import io.postrider.dns.RecordType;
import io.postrider.mail.EmailAddress;
import io.postrider.route.Hop;
import io.postrider.route.Relay;
import io.postrider.shaping.ShapingRules;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the delivery engine alone: a window of mails that is always full → engine → sink, in one process; CPU time is that of the engine's threads. */
@Command(name = "engine", mixinStandardHelpOptions = true)
public final class EngineBenchmark implements Runnable {
    private static final Hop HOP = new Hop.ViaRelay("sink");
    private static final String ENGINE_THREADS = "smtp-client";
    private static final double NANOS_PER_MICRO = 1e3;

    @Option(names = "--connections", defaultValue = "20", description = "to the sink; default ${DEFAULT-VALUE}")
    private int connections;

    @Option(names = "--in-work", defaultValue = "1000", description = "mails; default ${DEFAULT-VALUE}")
    private int inWork;

    @Option(names = "--size", defaultValue = "4096", description = "of a mail, in bytes; default ${DEFAULT-VALUE}")
    private int size;

    @Option(names = "--seconds", defaultValue = "10", description = "of each round; default ${DEFAULT-VALUE}")
    private int seconds;

    @Option(names = "--rounds", defaultValue = "3", description = "the first ones warm up; default ${DEFAULT-VALUE}")
    private int rounds;

    private final LongAdder delivered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile boolean over;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new EngineBenchmark()).execute(arguments));
    }

    @Override
    public void run() {
        Clock clock = Clock.systemUTC();
        try (Sink sink = new Sink(0, (run, number, recipients) -> {});
                SmtpDeliveryEngine engine = engine(clock, sink.port())) {
            ByteBuffer mail = mail();
            for (int i = 0; i < inWork; i++) {
                deliver(engine, mail, i);
            }
            for (int round = 1; round <= rounds; round++) {
                measure(round);
            }
            over = true;
        } catch (IOException e) {
            throw new IllegalStateException("the sink could not be started", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void measure(int round) throws InterruptedException {
        long start = System.nanoTime();
        long mailsBefore = delivered.sum();
        long cpuBefore = engineCpuNanos();
        TimeUnit.SECONDS.sleep(seconds);
        long mails = delivered.sum() - mailsBefore;
        double perSecond = mails * 1e9 / (System.nanoTime() - start);
        System.out.printf(
                "round %d: %,.0f msg/s, %.1f CPU-us per message in the engine, %d failed%n",
                round, perSecond, (engineCpuNanos() - cpuBefore) / NANOS_PER_MICRO / mails, failed.sum());
    }

    private void deliver(DeliveryEngine engine, ByteBuffer mail, int number) {
        EmailAddress recipient = EmailAddress.parse("r" + number + "@example.net");
        List<Addressee> addressees =
                List.of(new Addressee(recipient, Optional.of(EmailAddress.parse("b+" + number + "@example.com"))));
        Consignment consignment = new Consignment("bench", HOP, addressees, List.of(mail));
        engine.deliver(consignment, new DeliveryEngine.Listener() {
            @Override
            public void attempted(EmailAddress to, Attempt attempt) {
                (attempt.outcome() instanceof DeliveryOutcome.Delivered ? delivered : failed).increment();
                again();
            }

            @Override
            public void postponed(EmailAddress to, String reason) {
                failed.increment();
                again();
            }

            private void again() {
                if (!over) {
                    engine.deliver(consignment, this);
                }
            }
        });
    }

    private SmtpDeliveryEngine engine(Clock clock, int port) {
        Endpoint endpoint = new Endpoint(
                "127.0.0.1",
                port,
                new Relay.Tls(Relay.TlsMode.NONE, false, Optional.empty()),
                Optional.empty(),
                connections,
                Integer.MAX_VALUE);
        return new SmtpDeliveryEngine(
                hop -> Optional.of(endpoint),
                new HostAddresses(noDns(), name -> List.of(), List.of()),
                Optional.empty(),
                SmtpClientSettings.withDefaults("client.test"),
                ShapingRules.NONE,
                clock,
                new Random(),
                new SmtpDeliveryEngine.Memories(new SevenBitHops(clock, Duration.ofHours(1)), new RelayFaults(clock)));
    }

    /** The sink is an address literal. */
    private static Dns noDns() {
        return new Dns() {
            @Override
            public <T> CompletionStage<DnsAnswer<T>> find(String name, RecordType<T> type) {
                return CompletableFuture.completedFuture(new DnsAnswer.NoSuchDomain<>());
            }
        };
    }

    private ByteBuffer mail() {
        StringBuilder text = new StringBuilder("Subject: bench\r\n" + Sink.MARK + "engine 1\r\n\r\n");
        while (text.length() < size) {
            text.append("0123456789 ".repeat(6)).append("\r\n");
        }
        return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static long engineCpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long nanos = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().startsWith(ENGINE_THREADS)) {
                nanos += threads.getThreadCpuTime(thread.getThreadId());
            }
        }
        return nanos;
    }
}
