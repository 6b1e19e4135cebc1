package io.postrider.it;

import io.postrider.it.SmtpClient.Reply;
import io.postrider.it.SmtpClient.UnexpectedReplyException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

/**
 * Apps that send numbered mails over several kept connections, each mail again and again until it gets its 250. Every second connection uses STARTTLS and AUTH, the
 * others are of a trusted network. Every tenth mail has three recipients, of several domains; large ones are of 75 KB.
 */
final class LoadGenerator implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int FOR_SEVERAL = 10;
    private static final int LARGE = 20;
    private static final int LARGE_LINES = 1000;

    private final ServerProcess server;
    private final ServerProcess.FirstRun known;
    private final Traffic traffic;
    private volatile int mails;
    private final AtomicInteger next = new AtomicInteger();
    private final Map<String, List<String>> accepted = new ConcurrentHashMap<>();
    private final AtomicInteger unknown = new AtomicInteger();
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicReference<Reply> lastRefusal = new AtomicReference<>(new Reply(0, "nothing yet"));
    private final AtomicReference<IOException> failure = new AtomicReference<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<Thread> connections;

    /**
     * What the apps do.
     *
     * @param name begins each recipient
     * @param mails how many there are in all
     * @param pause of a connection after each mail
     * @param domains of the recipients
     * @param largeEach which mails are large: each twentieth, or each one
     */
    record Traffic(String name, int mails, int connections, Duration pause, List<String> domains, int largeEach) {
        Traffic(String name, int mails, int connections, Duration pause, List<String> domains) {
            this(name, mails, connections, pause, domains, LARGE);
        }

        static Traffic of(int mails, int connections) {
            return new Traffic("m", mails, connections, Duration.ZERO, List.of("sink.example", "other.example"));
        }
    }

    private LoadGenerator(ServerProcess server, Traffic traffic) {
        this.server = server;
        this.known = server.firstRun();
        this.traffic = traffic;
        this.mails = traffic.mails();
        this.connections = IntStream.range(0, traffic.connections())
                .mapToObj(number -> new Thread(() -> run(number % 2 == 0), "app-" + number))
                .toList();
    }

    static LoadGenerator start(ServerProcess server, int mails, int connections) {
        return start(server, Traffic.of(mails, connections));
    }

    static LoadGenerator start(ServerProcess server, Traffic traffic) {
        LoadGenerator load = new LoadGenerator(server, traffic);
        load.connections.forEach(Thread::start);
        return load;
    }

    /** The recipients of the mails that got their 250, by the id in it. */
    Map<String, List<String>> accepted() {
        return Map.copyOf(accepted);
    }

    /** Begins no further mail; those that were begun still get their 250. */
    void finish() {
        mails = 0;
    }

    /** How many mails got their 250. */
    int acceptedCount() {
        return accepted.size();
    }

    /** How many connections ended between the start of a transaction and its last reply. */
    int unknown() {
        return unknown.get();
    }

    /** How many times the server said that it cannot take a mail now. */
    int refused() {
        return refused.get();
    }

    /** What it said the last time. */
    Reply lastRefusal() {
        return lastRefusal.get();
    }

    boolean isOver() throws IOException {
        IOException cause = failure.get();
        if (cause != null) {
            throw new IOException("an app gave up", cause);
        }
        return connections.stream().noneMatch(Thread::isAlive);
    }

    private void run(boolean withAuth) {
        SmtpClient session = null;
        try {
            for (int mail = next.getAndIncrement(); mail < mails; mail = next.getAndIncrement()) {
                session = sendUntilAccepted(mail, withAuth, session);
                pause(traffic.pause());
            }
        } catch (IOException e) {
            failure.compareAndSet(null, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (session != null) {
                session.close();
            }
        }
    }

    private SmtpClient sendUntilAccepted(int mail, boolean withAuth, SmtpClient kept)
            throws IOException, InterruptedException {
        SmtpClient session = kept;
        while (true) {
            try {
                if (session == null) {
                    session = connect(withAuth);
                }
            } catch (UnexpectedReplyException e) {
                giveUpIfPermanent(e.reply(), e);
                pause();
                continue;
            } catch (IOException e) {
                // The server is down.
                pause();
                continue;
            }
            try {
                List<String> recipients = recipients(mail);
                Reply reply = session.send(sender(), recipients, content(mail, recipients));
                if (reply.code() == 250) {
                    accepted.put(idIn(reply), recipients);
                    return session;
                }
                giveUpIfPermanent(reply, new IOException(reply.toString()));
                refuse(reply);
                pause();
            } catch (UnexpectedReplyException e) {
                giveUpIfPermanent(e.reply(), e);
                refuse(e.reply());
                pause();
            } catch (IOException e) {
                unknown.incrementAndGet();
                session.close();
                session = null;
            }
        }
    }

    private void refuse(Reply reply) {
        lastRefusal.set(reply);
        refused.incrementAndGet();
    }

    private SmtpClient connect(boolean withAuth) throws IOException {
        return withAuth
                ? SmtpClient.connect(server.submission(), known.smtpUser(), known.smtpPassword())
                : SmtpClient.connect(server.submission());
    }

    private static void giveUpIfPermanent(Reply reply, IOException cause) throws IOException {
        if (reply.code() >= 500) {
            throw new IOException("refused for good: " + reply, cause);
        }
    }

    private void pause() throws InterruptedException {
        pause(PAUSE);
    }

    private void pause(Duration pause) throws InterruptedException {
        if (stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new InterruptedException("the load was stopped");
        }
    }

    private String sender() {
        return "app@" + known.senderDomain();
    }

    private List<String> recipients(int mail) {
        String name = traffic.name() + mail;
        List<String> recipients = new ArrayList<>(List.of(name + "@" + domain(mail)));
        if (mail % FOR_SEVERAL == 0) {
            recipients.add(name + "-b@" + domain(mail));
            recipients.add(name + "-c@" + domain(mail + 1));
        }
        return recipients;
    }

    private String domain(int number) {
        return traffic.domains().get(number % traffic.domains().size());
    }

    private String content(int mail, List<String> recipients) {
        String line = "A line of about seventy octets, which stands for what apps have to say ...\r\n";
        return "From: " + sender() + "\r\nTo: " + String.join(",\r\n ", recipients) + "\r\nSubject: mail " + mail
                + "\r\n\r\n" + line.repeat(mail % traffic.largeEach() == 0 ? LARGE_LINES : 10);
    }

    /** {@code 2.6.0 ID queued} */
    private static String idIn(Reply reply) {
        return reply.text().split(" ")[1];
    }

    /** Ends the connections, also those that still try. */
    @Override
    public void close() {
        stopped.countDown();
        connections.forEach(Thread::interrupt);
    }
}
