-- The database's clock is the only one: the clocks of the machines differ. UNIX time in seconds, as all times here.
-- Within a transaction now() stands still, and clock_timestamp() does not.
CREATE FUNCTION seconds_now() RETURNS double precision LANGUAGE sql VOLATILE
    AS 'SELECT extract(epoch FROM clock_timestamp())::double precision';

CREATE TABLE run (
    id text COLLATE "C" PRIMARY KEY,
    family text COLLATE "C" NOT NULL,   -- the id of the upload that this run (a retry, perhaps) belongs to
    started double precision NOT NULL DEFAULT seconds_now(),
    ended double precision,
    stopped text,                       -- why it stopped before its end
    host text NOT NULL,                 -- the machine that started it or continued it last
    scope text NOT NULL,                -- the enterprise
    campaign bigint NOT NULL,
    file text NOT NULL,
    sha256 text NOT NULL,
    mapping text NOT NULL,              -- empty once the run has been purged
    mapping_path text NOT NULL,
    report_kind text NOT NULL,
    canaries_passed boolean NOT NULL,
    identities jsonb NOT NULL,
    facts text NOT NULL,                -- JSON: everything else that class Run has
    counts text                         -- JSON: rows per outcome
);
CREATE INDEX run_family ON run (family);
CREATE INDEX run_file ON run (scope, sha256);

CREATE TABLE reason (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest bytea NOT NULL UNIQUE,       -- of text and hint, which may be longer than an index allows
    text text NOT NULL,
    hint text NOT NULL
);

CREATE TABLE attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token uuid NOT NULL UNIQUE,         -- made by the client: it finds the attempt after a commit without a response
    run text COLLATE "C" NOT NULL REFERENCES run,
    row bigint NOT NULL,
    fingerprint bytea,
    sent double precision NOT NULL DEFAULT seconds_now(),
    holds boolean NOT NULL              -- whether it is the one attempt at its lead; false once it was not accepted
);
CREATE INDEX attempt_row ON attempt (run, row);
CREATE INDEX attempt_fingerprint ON attempt (fingerprint) WHERE fingerprint IS NOT NULL;
-- The arbiter: of two transactions that look for a lead and then insert it, the second waits and inserts nothing.
CREATE UNIQUE INDEX attempt_arbiter ON attempt (fingerprint) WHERE holds AND fingerprint IS NOT NULL;

CREATE TABLE answer (
    attempt bigint PRIMARY KEY REFERENCES attempt ON DELETE CASCADE,
    came double precision NOT NULL DEFAULT seconds_now(),
    outcome text NOT NULL,
    status integer,
    lead_id bigint,
    reason bigint REFERENCES reason
);
CREATE INDEX answer_lead_id ON answer (lead_id) WHERE lead_id IS NOT NULL;

CREATE TABLE decision (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt bigint NOT NULL REFERENCES attempt ON DELETE CASCADE,
    made double precision NOT NULL DEFAULT seconds_now(),
    who text NOT NULL,
    outcome text NOT NULL,
    lead_id bigint,
    reason bigint NOT NULL REFERENCES reason
);
CREATE INDEX decision_attempt ON decision (attempt);
CREATE INDEX decision_lead_id ON decision (lead_id) WHERE lead_id IS NOT NULL;

CREATE TABLE result (
    scope text NOT NULL,                -- the enterprise that the lead belongs to
    lead_id bigint NOT NULL,
    asked double precision NOT NULL DEFAULT seconds_now(),
    finding text NOT NULL,              -- valid, invalid or pending
    reason bigint REFERENCES reason,
    PRIMARY KEY (scope, lead_id)
);

CREATE TABLE duplicate (
    run text COLLATE "C" NOT NULL REFERENCES run ON DELETE CASCADE,
    row bigint NOT NULL,
    reason bigint NOT NULL REFERENCES reason,
    attempt bigint REFERENCES attempt ON DELETE SET NULL,  -- the earlier attempt; NULL: an earlier row of the file
    PRIMARY KEY (run, row)
);
CREATE INDEX duplicate_attempt ON duplicate (attempt) WHERE attempt IS NOT NULL;

-- The rate limits: a window of N requests has N slots, and a slot is used once in any window.
CREATE TABLE permit (
    account bytea NOT NULL,             -- keyed hash of enterprise and credentials
    kind text NOT NULL,                 -- that of the window; empty for all requests
    slot integer NOT NULL,
    counts_from double precision NOT NULL DEFAULT '-infinity',  -- the response, or the latest time it can come
    is_answered boolean NOT NULL DEFAULT true,                  -- false while the request is in flight
    holder bigint NOT NULL DEFAULT 0,   -- the permit that has it
    PRIMARY KEY (account, kind, slot)
);
CREATE INDEX permit_time ON permit (account, kind, counts_from);
CREATE TABLE pause (account bytea PRIMARY KEY, until double precision NOT NULL);

-- The state of an attempt: accepted if the platform accepted it, else what a user decided last, else the outcome of
-- its response, else unknown.
CREATE VIEW known AS
    SELECT attempt.id, attempt.run, attempt.row, fingerprint, sent, status,
           CASE answer.outcome WHEN 'accepted' THEN 'accepted'
                ELSE coalesce(decision.outcome, answer.outcome, 'unknown') END AS outcome,
           coalesce(decision.lead_id, answer.lead_id) AS lead_id,
           coalesce(decision.reason, answer.reason) AS reason
    FROM attempt
    LEFT JOIN answer ON answer.attempt = attempt.id
    LEFT JOIN decision ON decision.id = (SELECT max(id) FROM decision WHERE decision.attempt = attempt.id);
-- An attempt that may have created a lead.
CREATE VIEW live AS
    SELECT known.id, known.run, family, known.row, file, fingerprint, sent, outcome, lead_id
    FROM known JOIN run ON run.id = known.run WHERE outcome IN ('accepted', 'unknown');
