-- What the sweeper compares with the queue. Both hold open deliveries only, so that they stay small.
CREATE INDEX deliveries_by_next_attempt ON deliveries (COALESCE(next_attempt_at, 0), message_id, recipient)
    WHERE state IN ('queued', 'scheduled', 'deferred');

CREATE INDEX deliveries_held ON deliveries (owner) WHERE state = 'held';
