package io.postrider.delivery.smtp;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/** The connections that all pools may have together. Who finds none free waits for its turn, and idle connections of others make room. Safe for concurrent use. */
final class ConnectionBudget {
    private final int most;
    private final Set<HopPool> waiting = new LinkedHashSet<>();
    private final Set<HopPool> idle = new LinkedHashSet<>();
    private int used;

    ConnectionBudget(int most) {
        this.most = most;
    }

    /** Takes one; else the pool is woken when there may be one. */
    synchronized boolean take(HopPool pool) {
        if (used < most) {
            used++;
            waiting.remove(pool);
            return true;
        }
        waiting.add(pool);
        Iterator<HopPool> eldest = idle.iterator();
        if (eldest.hasNext()) {
            HopPool other = eldest.next();
            eldest.remove();
            other.loop().execute(other::retireIdle);
        }
        return false;
    }

    /** Takes one in place of one that is about to be given back. */
    synchronized void takeAnyway() {
        used++;
    }

    synchronized void giveBack() {
        used--;
        Iterator<HopPool> next = waiting.iterator();
        if (used < most && next.hasNext()) {
            HopPool pool = next.next();
            next.remove();
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
    }
}
