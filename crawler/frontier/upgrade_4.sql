-- From version 4: how long an answer has been doubted, and what a wall shows to every URL.

-- name: face
ALTER TABLE capture ADD COLUMN face TEXT NOT NULL DEFAULT ''

-- name: doubted_at
ALTER TABLE capture ADD COLUMN doubted_at REAL

-- name: doubted_times
ALTER TABLE capture ADD COLUMN doubted_times INTEGER NOT NULL DEFAULT 0

-- name: capture_face
CREATE INDEX capture_face ON capture (face) WHERE face <> ''
