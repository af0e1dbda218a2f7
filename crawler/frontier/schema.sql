-- The database of one output: the frontier's queue and the ledger of what became of every URL.
-- Yours to query while a crawl runs (readers never block it). Instants are seconds since the Unix
-- epoch, UTC. `PRAGMA user_version` is the version of this schema; `application_id` says "crwl".

-- One row a run of `crawler crawl`.
CREATE TABLE run (
    number              INTEGER PRIMARY KEY,
    name                TEXT NOT NULL,               -- sortable, e.g. 20261122-182034
    started_at          REAL NOT NULL,
    ended_at            REAL,                        -- NULL: running, or interrupted
    outcome             TEXT NOT NULL DEFAULT '',    -- finished, a budget's name, stopped
    options             TEXT NOT NULL,               -- JSON, without credentials
    max_pages           INTEGER,
    max_pages_per_host  INTEGER,
    max_depth           INTEGER,
    max_bytes           INTEGER,
    delay_seconds       REAL NOT NULL DEFAULT 0,     -- what a host rests until it is paced
    overrides           TEXT NOT NULL DEFAULT '[]',  -- what holds for some hosts instead, JSON
    pages               INTEGER NOT NULL DEFAULT 0,  -- HTML pages stored (2xx)
    page_slots          INTEGER NOT NULL DEFAULT 0,  -- leases that may become a page
    requests            INTEGER NOT NULL DEFAULT 0,
    wire_bytes          INTEGER NOT NULL DEFAULT 0,
    unchanged           INTEGER NOT NULL DEFAULT 0,
    retries             INTEGER NOT NULL DEFAULT 0,  -- leases that went back for another try
    totals              TEXT NOT NULL DEFAULT '{}'   -- counts by state when it ended, JSON
) STRICT;

-- One row a host name and port: its queue, and when it may be asked again. `queue_at` and `free_at`
-- may be too early, never too late; a claim that finds nothing sets them right.
CREATE TABLE host (
    id             INTEGER PRIMARY KEY,
    name           TEXT NOT NULL UNIQUE,             -- example.org, or 127.0.0.1:8801
    ready_at       REAL NOT NULL DEFAULT 0,          -- politeness: not asked before
    queue_at       REAL NOT NULL DEFAULT 0,          -- no queued URL that its page slots allow is ready before
    free_at        REAL NOT NULL DEFAULT 0,          -- none that needs no page slot is; Inf: there is none
    opens_at       REAL NOT NULL AS (max(ready_at, queue_at)),
    opens_free_at  REAL NOT NULL AS (max(ready_at, free_at)),
    delay_seconds  REAL NOT NULL DEFAULT 0,          -- end of an answer to the next request, now
    parallel       INTEGER NOT NULL DEFAULT 1,       -- leases at once, now
    queued         INTEGER NOT NULL DEFAULT 0,
    claimed        INTEGER NOT NULL DEFAULT 0,
    done           INTEGER NOT NULL DEFAULT 0,
    failed         INTEGER NOT NULL DEFAULT 0,
    excluded       INTEGER NOT NULL DEFAULT 0,
    pages          INTEGER NOT NULL DEFAULT 0,       -- of the last run
    page_slots     INTEGER NOT NULL DEFAULT 0,       -- held by leases
    least_seconds  REAL NOT NULL DEFAULT 0,          -- the delay it was told
    requests       INTEGER NOT NULL DEFAULT 1,       -- at once, as told
    spare          INTEGER NOT NULL DEFAULT 0,       -- leases beyond those
    adapts         INTEGER NOT NULL DEFAULT 0,       -- the delay grows with latency and trouble
    latency_seconds REAL NOT NULL DEFAULT 0,         -- smoothed; 0: it never answered
    strain         REAL NOT NULL DEFAULT 1,          -- what trouble multiplies the delay by
    silences       INTEGER NOT NULL DEFAULT 0,       -- leases in a row without an answer
    down           TEXT NOT NULL DEFAULT ''          -- the failure it is down with
) STRICT;
CREATE INDEX host_turn ON host (opens_at) WHERE queued > 0 AND claimed < parallel;
CREATE INDEX host_free_turn ON host (opens_free_at) WHERE queued > 0 AND claimed < parallel;

-- How many URLs stand where, in one row; kept so that nobody counts rows.
CREATE TABLE total (
    hosts       INTEGER NOT NULL,
    queued      INTEGER NOT NULL,
    claimed     INTEGER NOT NULL,
    done        INTEGER NOT NULL,
    failed      INTEGER NOT NULL,
    excluded    INTEGER NOT NULL,
    last_token  INTEGER NOT NULL                     -- of a lease; no two leases have the same
) STRICT;
INSERT INTO total VALUES (0, 0, 0, 0, 0, 0, 0);

-- One row a URL that was ever accepted.
CREATE TABLE url (
    id                INTEGER PRIMARY KEY,
    key_hash          BLOB NOT NULL,                 -- what the key is found by, 16 bytes; no two rows have the same
    url               TEXT NOT NULL,                 -- what goes on the wire
    other_key         TEXT,                          -- NULL: the key is the URL itself
    key               TEXT NOT NULL AS (coalesce(other_key, url)),  -- identity: one resource, one key
    host_id           INTEGER NOT NULL REFERENCES host,
    state             TEXT NOT NULL,                 -- queued claimed done failed excluded
    depth             INTEGER NOT NULL,
    hops              TEXT NOT NULL,
    via               TEXT,
    seed              INTEGER,                       -- its place among the last run's seeds
    is_linked         INTEGER NOT NULL,              -- may become a page
    is_embedded       INTEGER NOT NULL,              -- a page needs it to be shown
    is_due            INTEGER NOT NULL DEFAULT 0,    -- finished in an earlier run
    is_stored         INTEGER NOT NULL DEFAULT 0,    -- read its links again, fetch nothing
    -- How its links were offered last: twice the depth, and 1 more as a requisite; NULL: it has none to offer.
    offered_as        INTEGER,
    attempts          INTEGER NOT NULL DEFAULT 0,
    ready_at          REAL NOT NULL DEFAULT 0,
    token             INTEGER NOT NULL DEFAULT 0,
    holder            INTEGER NOT NULL DEFAULT 0,    -- the process that holds or held its lease
    lease_expires_at  REAL,
    holds_page_slot   INTEGER NOT NULL DEFAULT 0,
    is_surprise       INTEGER NOT NULL DEFAULT 0,    -- its address in the mirror is not the predicted one
    is_forgotten      INTEGER NOT NULL DEFAULT 0,    -- --fresh: do not use its validators
    run               INTEGER,                       -- that decided about it last
    last_at           REAL,
    status            INTEGER,
    reason            TEXT NOT NULL DEFAULT '',
    good_id           INTEGER REFERENCES capture,    -- the copy that the mirror shows
    last_id           INTEGER REFERENCES capture,    -- the last answer that was kept
    -- Its place in the queue: 0 requisites and stored pages, 1 never fetched, 2 due.
    rank              INTEGER NOT NULL AS (iif(is_due AND NOT is_stored, 2, NOT (is_embedded OR is_stored))),
    -- Within a rank: by depth, or by when it was last decided.
    turn              REAL NOT NULL AS (iif(is_due AND NOT is_stored, coalesce(last_at, 0), depth)),
    needs_page_slot   INTEGER NOT NULL AS (is_linked AND NOT is_embedded AND NOT is_stored)
) STRICT;
-- Is a link known, and does it tell anything new? Answered without a look at the row.
CREATE INDEX url_key ON url (key_hash, depth, is_linked, is_embedded);
CREATE INDEX url_queue ON url (host_id, rank, turn, id) WHERE state = 'queued';
CREATE INDEX url_free ON url (host_id, rank, turn, id) WHERE state = 'queued' AND needs_page_slot = 0;
CREATE INDEX url_waiting ON url (host_id, ready_at) WHERE state = 'queued' AND ready_at > 0;
CREATE INDEX url_lease ON url (lease_expires_at) WHERE state = 'claimed';
CREATE INDEX url_surprise ON url (id) WHERE is_surprise = 1;
CREATE INDEX url_seed ON url (seed) WHERE seed IS NOT NULL;
CREATE INDEX url_led ON url (seed) WHERE seed IS NOT NULL AND via IS NOT NULL;
CREATE INDEX url_forgotten ON url (id) WHERE is_forgotten = 1;
CREATE INDEX url_unoffered ON url (id) WHERE state = 'done' AND offered_as > 2 * depth + 1;

-- One row an answer that was kept: a line of the CDX index.
CREATE TABLE capture (
    id             INTEGER PRIMARY KEY,
    url_id         INTEGER NOT NULL REFERENCES url,
    run            INTEGER NOT NULL,
    captured_at    REAL NOT NULL,
    status         INTEGER NOT NULL,
    media_type     TEXT NOT NULL,
    charset        TEXT NOT NULL,
    content_type   TEXT NOT NULL,                    -- as sent
    size_bytes     INTEGER NOT NULL,                 -- content-decoded
    digest         TEXT NOT NULL,                    -- sha256:HEX of the content-decoded body
    etag           TEXT,
    last_modified  TEXT,
    segment        TEXT,                             -- file below archive/
    offset         INTEGER NOT NULL,
    length         INTEGER NOT NULL,
    mirror_path    TEXT,                             -- file below mirror/
    redirect_to    TEXT,
    title          TEXT NOT NULL,
    canonical      TEXT,                             -- the other URL by which a page wants to be known
    gist           TEXT NOT NULL DEFAULT '',         -- of a page that came in the place of another: digest, words, marks
    is_revised     INTEGER NOT NULL DEFAULT 1,       -- 0: it says the same as the good copy before
    doubt          TEXT NOT NULL DEFAULT '',         -- why it is no good copy though its status is good
    face           TEXT NOT NULL DEFAULT '',         -- of a doubted answer: what others have that are the same wall
    doubted_at     REAL,                             -- since when it was doubted so, answer after answer
    doubted_times  INTEGER NOT NULL DEFAULT 0,       -- how many of those there were
    rendering      TEXT NOT NULL DEFAULT ''          -- of a rendered page: its text's digest, size and place, and why
) STRICT;
CREATE INDEX capture_url ON capture (url_id);
CREATE INDEX capture_face ON capture (face) WHERE face <> '';

-- What became of a URL that had a good copy, a row a change: the history that `crawler changes` tells.
CREATE TABLE lapse (
    url_id  INTEGER NOT NULL REFERENCES url,
    run     INTEGER NOT NULL,
    kind    TEXT NOT NULL,                           -- gone, moved, failing; '': good again
    reason  TEXT NOT NULL,
    PRIMARY KEY (url_id, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX lapse_run ON lapse (run);
-- From which run on no page leads to a good copy any more, or one does again.
CREATE TABLE unlinking (
    url_id     INTEGER NOT NULL REFERENCES url,
    run        INTEGER NOT NULL,
    is_linked  INTEGER NOT NULL,
    PRIMARY KEY (url_id, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX unlinking_run ON unlinking (run);
-- `page_target` of before this run, of pages that came anew in it.
CREATE TABLE former_target (url_id INTEGER PRIMARY KEY REFERENCES url, targets BLOB NOT NULL) STRICT;

-- How many bytes of each archive segment are believed in; what lies behind them is torn.
CREATE TABLE segment (name TEXT PRIMARY KEY, length INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Fingerprints of the links into the dump that each mirrored page holds, packed 32-bit integers.
CREATE TABLE page_target (url_id INTEGER PRIMARY KEY REFERENCES url, targets BLOB NOT NULL) STRICT;
-- Fingerprints of URLs whose file is not where pages written earlier expect it.
CREATE TABLE moved (fingerprint INTEGER PRIMARY KEY) STRICT;
-- Links that a rule refused: counted by rule and host, not stored.
CREATE TABLE refusal (
    run    INTEGER NOT NULL,
    rule   TEXT NOT NULL,
    host   TEXT NOT NULL,
    links  INTEGER NOT NULL,
    PRIMARY KEY (run, rule, host)
) STRICT, WITHOUT ROWID;
-- robots.txt as last fetched, by origin; status 0: the host could not be asked.
CREATE TABLE robots (
    origin      TEXT PRIMARY KEY,
    fetched_at  REAL NOT NULL,
    status      INTEGER NOT NULL,
    body        BLOB NOT NULL,
    address     TEXT NOT NULL                        -- that answered
) STRICT, WITHOUT ROWID;
-- Original texts by digest, zlib-compressed, where the archive is off.
CREATE TABLE original (digest TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
