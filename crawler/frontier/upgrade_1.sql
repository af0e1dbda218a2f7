-- From version 1: what is known of how a host answers.

-- name: least_seconds
ALTER TABLE host ADD COLUMN least_seconds REAL NOT NULL DEFAULT 0

-- name: requests
ALTER TABLE host ADD COLUMN requests INTEGER NOT NULL DEFAULT 1

-- name: spare
ALTER TABLE host ADD COLUMN spare INTEGER NOT NULL DEFAULT 0

-- name: adapts
ALTER TABLE host ADD COLUMN adapts INTEGER NOT NULL DEFAULT 0

-- name: latency_seconds
ALTER TABLE host ADD COLUMN latency_seconds REAL NOT NULL DEFAULT 0

-- name: strain
ALTER TABLE host ADD COLUMN strain REAL NOT NULL DEFAULT 1

-- name: silences
ALTER TABLE host ADD COLUMN silences INTEGER NOT NULL DEFAULT 0

-- name: down
ALTER TABLE host ADD COLUMN down TEXT NOT NULL DEFAULT ''

-- name: pace
UPDATE host SET least_seconds = delay_seconds, parallel = 1
