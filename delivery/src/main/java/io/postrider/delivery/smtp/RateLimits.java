package io.postrider.delivery.smtp;

import io.postrider.shaping.Rate;
import io.postrider.shaping.ShapingRule;
import io.postrider.shaping.TokenBucket;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The rates that pools have used up; they outlive the pools, which are gone when nothing is connected. Safe for concurrent use. */
final class RateLimits {
    private static final int FEW = 1000;

    private final Clock clock;
    private final Map<HopPool.Key, TokenBucket> buckets = new HashMap<>();
    private int cleanAt = FEW;

    RateLimits(Clock clock) {
        this.clock = clock;
    }

    /** What is left of the rate that a rule sets for a pool. */
    Optional<TokenBucket> of(HopPool.Key key, Optional<ShapingRule> rule) {
        return rule.flatMap(set -> set.limits().rate()).map(rate -> bucket(key, rate));
    }

    private synchronized TokenBucket bucket(HopPool.Key key, Rate rate) {
        if (buckets.size() >= cleanAt) {
            buckets.values().removeIf(TokenBucket::isFull);
            cleanAt = Math.max(FEW, 2 * buckets.size()); // each is looked at a few times at most
        }
        return buckets.computeIfAbsent(key, any -> new TokenBucket(rate, clock));
    }
}
