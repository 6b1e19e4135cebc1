-- The addresses that direct mail goes out from, as a JSON array of texts: weight address ehloName.
CREATE TABLE egress_pools (
    name TEXT PRIMARY KEY,
    sources TEXT NOT NULL
);
