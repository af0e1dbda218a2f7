-- From version 5: pages that were rendered.

-- name: rendering
ALTER TABLE capture ADD COLUMN rendering TEXT NOT NULL DEFAULT ''
