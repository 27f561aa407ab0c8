-- What was removed from the ledger, and who did it. It names no lead.
CREATE TABLE removal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made double precision NOT NULL DEFAULT seconds_now(),
    who text NOT NULL,                  -- the user and the machine
    role text NOT NULL DEFAULT session_user,
    what text NOT NULL,                 -- purge, purge with leads, or forget
    runs bigint NOT NULL,
    rows bigint NOT NULL
);
