-- Which recipient of the acceptance it was, from 0 on; none while only an outcome is recorded. What a message starts with, that it was accepted and its
-- deliveries queued, is told by its rows from now on: such events have rows of their own only where an earlier release has written them.
ALTER TABLE deliveries ADD COLUMN position INTEGER;
