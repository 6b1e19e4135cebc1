package io.postrider.server.smtp.front;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.postrider.server.config.SmtpSettings;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Who may be connected to a listener, and how much those may ask who have shown nothing yet. When the listener is full, the oldest of those that is not
 * at a transaction is sent away for a newcomer: connections that only stand there never shut an honest client out. Safe for concurrent use.
 */
final class Admission {
    private static final long MINUTE = 60_000_000_000L;
    private static final int MOST_ADDRESSES = 50_000;

    private final SmtpSettings.Listener limits;
    private final Predicate<InetAddress> trusted;
    private final LongSupplier nanoTime;
    private final Map<AddressBlock, Integer> connections = new HashMap<>();
    private final Set<Guest> unproven = new LinkedHashSet<>();
    private final Cache<AddressBlock, Minute> minutes =
            Caffeine.newBuilder().maximumSize(MOST_ADDRESSES).build();
    private int total;

    /** A connection. */
    interface Guest {
        /** It is to close, with 421 and this text. */
        void sendAway(String text);

        /** It is at a mail transaction, and goes on with it. */
        boolean isAtWork();
    }

    private static final class Minute {
        private long start;
        private int commands;
    }

    /** @param trusted those who are bound by no limit for one address */
    Admission(SmtpSettings.Listener limits, Predicate<InetAddress> trusted, LongSupplier nanoTime) {
        this.limits = limits;
        this.trusted = trusted;
        this.nanoTime = nanoTime;
    }

    /** Lets a connection in, or says why not. */
    Optional<String> enter(Guest guest, InetAddress address) {
        Optional<Guest> leaves = Optional.empty();
        synchronized (this) {
            AddressBlock block = AddressBlock.of(address);
            boolean bound = !trusted.test(address);
            if (bound && connections.getOrDefault(block, 0) >= limits.maxConnectionsPerAddress()) {
                return Optional.of("4.7.0 Too many connections from " + block.text() + "; at most "
                        + limits.maxConnectionsPerAddress() + " are taken");
            }
            if (bound && isOver(block)) {
                return Optional.of(tooManyCommands(block));
            }
            if (total >= limits.maxConnections()) {
                leaves = oldestUnproven();
                if (leaves.isEmpty()) {
                    return Optional.of("4.3.2 Too many connections; try again in a minute");
                }
            }
            total++;
            connections.merge(block, 1, Integer::sum);
            unproven.add(guest);
        }
        leaves.ifPresent(guestToLeave ->
                guestToLeave.sendAway("4.3.2 Too many connections; this one was the oldest that had sent no mail"));
        return Optional.empty();
    }

    /** A connection that {@link #enter} let in is closed. */
    synchronized void leave(Guest guest, InetAddress address) {
        total--;
        connections.computeIfPresent(AddressBlock.of(address), (block, count) -> count == 1 ? null : count - 1);
        unproven.remove(guest);
    }

    /** A connection has authenticated, or sent a message. */
    synchronized void proven(Guest guest) {
        unproven.remove(guest);
    }

    /** Counts a command; says why it is one too many, if so. */
    Optional<String> command(InetAddress address) {
        if (trusted.test(address)) {
            return Optional.empty();
        }
        AddressBlock block = AddressBlock.of(address);
        Minute minute = minutes.get(block, any -> new Minute());
        synchronized (minute) {
            turn(minute);
            minute.commands++;
            return minute.commands > limits.maxCommandsPerMinute()
                    ? Optional.of(tooManyCommands(block))
                    : Optional.empty();
        }
    }

    synchronized int total() {
        return total;
    }

    private boolean isOver(AddressBlock block) {
        Minute minute = minutes.getIfPresent(block);
        if (minute == null) {
            return false;
        }
        synchronized (minute) {
            turn(minute);
            return minute.commands > limits.maxCommandsPerMinute();
        }
    }

    private void turn(Minute minute) {
        long now = nanoTime.getAsLong();
        if (minute.commands == 0 || now - minute.start >= MINUTE) {
            minute.start = now;
            minute.commands = 0;
        }
    }

    private Optional<Guest> oldestUnproven() {
        for (Iterator<Guest> guests = unproven.iterator(); guests.hasNext(); ) {
            Guest guest = guests.next();
            if (!guest.isAtWork()) {
                guests.remove();
                return Optional.of(guest);
            }
        }
        return Optional.empty();
    }

    private String tooManyCommands(AddressBlock block) {
        return "4.7.0 Too many commands from " + block.text() + "; at most " + limits.maxCommandsPerMinute()
                + " a minute are taken before authentication";
    }
}
