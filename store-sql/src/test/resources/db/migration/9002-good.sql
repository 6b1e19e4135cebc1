-- A comment that ends with a semicolon;
CREATE TABLE later (
    name TEXT NOT NULL
);

INSERT INTO later (name) VALUES ('a;b');
