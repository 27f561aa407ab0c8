-- The local ledgers that were moved in. Their leads have fingerprints of other keys than the team's.
CREATE TABLE joined (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key_check bytea NOT NULL UNIQUE,    -- an HMAC of a constant: enough to recognize the key
    sealed_key bytea NOT NULL,          -- the key, encrypted with the team's key, which is not in the database
    host text NOT NULL,                 -- the machine that it was moved in from
    who text NOT NULL,
    made double precision NOT NULL DEFAULT seconds_now()
);
ALTER TABLE run ADD COLUMN joined integer REFERENCES joined;  -- the ledger that the run was moved in with
CREATE INDEX run_joined ON run (joined) WHERE joined IS NOT NULL;
