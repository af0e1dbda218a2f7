-- What is asked and changed when old runs are let go of.

-- name: run_ends
SELECT number, name, coalesce(ended_at, started_at) FROM run ORDER BY number

-- name: segments
SELECT name, length FROM segment ORDER BY name

-- name: old_capture
-- The captures of segments that are looked through, in a file of its own that nobody else sees: there is no index by
-- segment, and each of them would be a walk through all captures.
CREATE TEMP TABLE IF NOT EXISTS old_capture (
    segment    TEXT NOT NULL,
    offset     INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    length     INTEGER NOT NULL,
    rendering  TEXT NOT NULL,
    is_needed  INTEGER NOT NULL,
    PRIMARY KEY (segment, offset, id)
) STRICT, WITHOUT ROWID

-- name: forget_old_captures
DELETE FROM temp.old_capture

-- name: gather_old_captures
INSERT INTO temp.old_capture
SELECT capture.segment, capture.offset, capture.id, capture.length, capture.rendering, coalesce({is_needed}, 0)
FROM capture CROSS JOIN url ON url.id = capture.url_id
WHERE capture.segment IN (SELECT value FROM json_each(:segments))

-- name: needed
SELECT id, length, rendering FROM temp.old_capture WHERE segment = ? AND is_needed ORDER BY offset

-- name: capture
SELECT {capture} FROM capture JOIN url ON url.id = capture.url_id WHERE capture.id = ?

-- name: expect_segment
INSERT INTO segment (name, length) VALUES (?, 0)

-- name: move_capture
UPDATE capture SET segment = ?, offset = ? WHERE id = ?

-- name: drop_captures
DELETE FROM capture WHERE segment = :segment AND id IN (SELECT id FROM temp.old_capture WHERE segment = :segment)

-- name: believe
UPDATE segment SET length = ? WHERE name = ?

-- name: forget_segment
DELETE FROM segment WHERE name = ? AND length = 0

-- name: drop_unarchived
-- Where the archive was off: captures of runs that go, unless they are needed.
DELETE FROM capture WHERE segment IS NULL AND run < :first AND id NOT IN (
    SELECT capture.id FROM capture JOIN url ON url.id = capture.url_id
    WHERE capture.segment IS NULL AND capture.run < :first AND {is_needed}
)

-- name: drop_originals
DELETE FROM original WHERE digest NOT IN (SELECT digest FROM capture WHERE segment IS NULL)

-- name: drop_refusals
DELETE FROM refusal WHERE run < ?

-- name: drop_runs
DELETE FROM run WHERE number < ?
