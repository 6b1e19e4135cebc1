package io.postrider.delivery.smtp;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The connections that all pools may have together. Who finds none free waits for its turn: idle connections of others make room for it, else the pool that has
 * most gives one up when its transaction is over. Safe for concurrent use.
 */
final class ConnectionBudget {
    private final int most;
    private final Set<HopPool> waiting = new LinkedHashSet<>();
    private final Set<HopPool> idle = new LinkedHashSet<>();
    private final Set<HopPool> granted = new HashSet<>(); // and not yet taken
    private final Map<HopPool, Integer> held = new HashMap<>();
    private int used;

    ConnectionBudget(int most) {
        this.most = most;
    }

    /** Takes one; else the pool is woken when there is one for it. */
    synchronized boolean take(HopPool pool) {
        if (granted.remove(pool)) {
            hold(pool, 1);
            return true;
        }
        if (used < most) {
            waiting.remove(pool);
            used++;
            hold(pool, 1);
            return true;
        }
        if (waiting.add(pool)) {
            askForOne(pool);
        }
        return false;
    }

    private void askForOne(HopPool pool) {
        Iterator<HopPool> eldest = idle.iterator();
        if (eldest.hasNext()) {
            HopPool other = eldest.next();
            eldest.remove();
            other.loop().execute(other::retireIdle);
            return;
        }
        int own = held.getOrDefault(pool, 0);
        Optional<Map.Entry<HopPool, Integer>> richest = held.entrySet().stream().max(Map.Entry.comparingByValue());
        richest.filter(other -> other.getValue() > own + 1)
                .map(Map.Entry::getKey)
                .ifPresent(other -> other.loop().execute(other::giveOneUp));
    }

    /** Takes one in place of one that is about to be given back. */
    synchronized void takeAnyway(HopPool pool) {
        used++;
        hold(pool, 1);
    }

    synchronized void giveBack(HopPool pool) {
        hold(pool, -1);
        release();
    }

    /** The pool that was woken has taken what it needs. */
    synchronized void tookWhatItNeeds(HopPool pool) {
        if (granted.remove(pool)) {
            release();
        }
    }

    /** One is free: it is kept for the pool that has waited longest, so that nobody else is faster. */
    private void release() {
        used--;
        Iterator<HopPool> next = waiting.iterator();
        if (used < most && next.hasNext()) {
            HopPool pool = next.next();
            next.remove();
            used++;
            granted.add(pool);
            pool.loop().execute(pool::wake);
        }
    }

    synchronized void hasIdle(HopPool pool, boolean has) {
        if (has) {
            idle.add(pool);
        } else {
            idle.remove(pool);
        }
    }

    synchronized void forget(HopPool pool) {
        waiting.remove(pool);
        idle.remove(pool);
        tookWhatItNeeds(pool);
    }

    private void hold(HopPool pool, int more) {
        held.merge(pool, more, Integer::sum);
        held.remove(pool, 0);
    }
}
