-- From version 2: several processes at one crawl, bytes as a budget of the frontier's.

-- name: max_bytes
ALTER TABLE run ADD COLUMN max_bytes INTEGER

-- name: retries
ALTER TABLE run ADD COLUMN retries INTEGER NOT NULL DEFAULT 0

-- name: holder
ALTER TABLE url ADD COLUMN holder INTEGER NOT NULL DEFAULT 0
