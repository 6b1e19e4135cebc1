package io.postrider.server.smtp;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import org.slf4j.Logger;

/**
 * Logs what strangers can cause as often as they like: of each of them, and of each kind, at most one line a minute. Safe for concurrent use.
 */
public final class QuietLog {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int MOST = 10_000;
    private static final int LONGEST_TEXT = 200;

    private final Logger logger;
    private final Cache<Line, Boolean> written;

    private record Line(String who, String kind) {}

    public QuietLog(Logger logger) {
        this(logger, Ticker.systemTicker());
    }

    QuietLog(Logger logger, Ticker ticker) {
        this.logger = logger;
        this.written = Caffeine.newBuilder()
                .expireAfterWrite(MINUTE)
                .maximumSize(MOST)
                .ticker(ticker)
                .build();
    }

    /**
     * Notes that something happened.
     *
     * @param who caused it, such as an address
     * @param kind of what happened, in few words
     * @param text may quote the client: it is cut, and control characters are taken out
     */
    public void info(String who, String kind, String text) {
        if (written.asMap().putIfAbsent(new Line(who, kind), true) == null) {
            logger.info("{}: {}: {} (the next of that kind is logged in a minute)", who, kind, printable(text));
        }
    }

    private static String printable(String text) {
        String cut = text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) + "..." : text;
        return cut.replaceAll("[^ -~]", "?");
    }
}
