-- The site that an attempt went to: the names of all mail servers of the domain.
ALTER TABLE attempts ADD COLUMN site TEXT NOT NULL DEFAULT '';
