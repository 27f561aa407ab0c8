-- Moments in the life of this ledger. Each machine remembers the last one that it has seen, and notices if it is gone:
-- then an older state was restored, or a standby that lacked commits has taken over.
CREATE TABLE checkpoint (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mark uuid NOT NULL DEFAULT gen_random_uuid(),
    made double precision NOT NULL DEFAULT seconds_now()
);
INSERT INTO checkpoint DEFAULT VALUES;
