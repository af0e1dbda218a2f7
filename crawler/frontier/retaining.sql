-- What is asked and changed when old runs are let go of.

-- name: run_ends
SELECT number, name, coalesce(ended_at, started_at) FROM run ORDER BY number

-- name: segments
SELECT name, length FROM segment ORDER BY name

-- name: needed
SELECT capture.id, capture.length FROM capture JOIN url ON url.id = capture.url_id
WHERE capture.segment = :segment AND {is_needed}
ORDER BY capture.offset

-- name: capture
SELECT {capture} FROM capture JOIN url ON url.id = capture.url_id WHERE capture.id = ?

-- name: expect_segment
INSERT INTO segment (name, length) VALUES (?, 0)

-- name: move_capture
UPDATE capture SET segment = ?, offset = ? WHERE id = ?

-- name: drop_captures
DELETE FROM capture WHERE segment = ?

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
