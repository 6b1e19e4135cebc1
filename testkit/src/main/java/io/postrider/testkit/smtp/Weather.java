package io.postrider.testkit.smtp;

import java.time.Duration;
import java.util.Locale;
import java.util.Random;

/** What a sink does with the mails for a recipient. It depends on the seed and on the address only, so that a checker knows what to expect. */
public final class Weather {
    /** What comes to a recipient. A refusal comes each time, any other fate the first time; after that the mail is taken. */
    public enum Fate {
        TAKEN(70),
        /** 451 to RCPT. */
        PUT_OFF(7),
        /** 451 to the final dot. */
        PUT_OFF_AT_DOT(4),
        /** 550 to RCPT. */
        REFUSED(6),
        /** 554 to the final dot. */
        REFUSED_AT_DOT(4),
        /** The connection ends within the message. */
        CUT_BEFORE_DOT(3),
        /** The connection ends in place of the answer to the final dot: nobody can know what it would have been. */
        CUT_AFTER_DOT(3),
        /** The answer to the final dot takes a while. */
        SLOW(3);

        private final int percent;

        Fate(int percent) {
            this.percent = percent;
        }

        /** Whether the recipient never gets the mail. */
        public boolean isRefusal() {
            return this == REFUSED || this == REFUSED_AT_DOT;
        }
    }

    private static final int PERCENT = 100;

    private final long seed;
    private final boolean fair;
    private volatile Duration slowness;

    private Weather(long seed, boolean fair, Duration slowness) {
        this.seed = seed;
        this.fair = fair;
        this.slowness = slowness;
    }

    /** Everything is taken. */
    public static Weather fair() {
        return new Weather(0, true, Duration.ZERO);
    }

    /**
     * Some of each.
     *
     * @param slowness of an answer to the final dot, where it is slow
     */
    public static Weather mixed(long seed, Duration slowness) {
        return new Weather(seed, false, slowness);
    }

    /** From now on, slow answers take so long. */
    public void slowTo(Duration next) {
        slowness = next;
    }

    boolean isFair() {
        return fair;
    }

    Duration slowness() {
        return slowness;
    }

    public Fate of(String recipient) {
        if (fair) {
            return Fate.TAKEN;
        }
        int lot = new Random(seed * 31 + recipient.toLowerCase(Locale.ROOT).hashCode()).nextInt(PERCENT);
        for (Fate fate : Fate.values()) {
            lot -= fate.percent;
            if (lot < 0) {
                return fate;
            }
        }
        throw new IllegalStateException("the shares of the fates are less than " + PERCENT + " %");
    }
}
