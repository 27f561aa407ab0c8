-- A ledger that version 3 of the schema wrote; all people are invented.
-- key: aa2f6b5ef9fc912761f8174bb841a12fc21365f61f5f0a6f4963e62590fce48c
BEGIN TRANSACTION;
CREATE TABLE answer (
    attempt INTEGER PRIMARY KEY REFERENCES attempt,
    came REAL NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    lead_id INTEGER,
    reason INTEGER REFERENCES reason
) STRICT;
INSERT INTO "answer" VALUES(1,1793290270.509705,'accepted',201,17958822683498,NULL);
INSERT INTO "answer" VALUES(2,1793290270.5110693,'rejected',400,NULL,1);
INSERT INTO "answer" VALUES(3,1793290270.5123408,'accepted',201,17958822683499,NULL);
INSERT INTO "answer" VALUES(4,1793290270.5140638,'unknown',NULL,NULL,2);
INSERT INTO "answer" VALUES(5,1793290270.5158918,'unknown',NULL,NULL,2);
INSERT INTO "answer" VALUES(6,1793290270.5177717,'accepted',201,17958822683500,NULL);
INSERT INTO "answer" VALUES(7,1793290271.6608305,'accepted',201,17958822683501,NULL);
INSERT INTO "answer" VALUES(8,1793290273.6125336,'accepted',201,17958822683502,NULL);
INSERT INTO "answer" VALUES(9,1793290276.3851988,'accepted',201,17958822741802,NULL);
INSERT INTO "answer" VALUES(10,1793290276.394694,'accepted',201,17958822741803,NULL);
INSERT INTO "answer" VALUES(11,1793290276.3971827,'unsent',403,NULL,10);
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL REFERENCES run,
    row INTEGER NOT NULL,
    fingerprint BLOB,
    sent REAL NOT NULL
) STRICT;
INSERT INTO "attempt" VALUES(1,'20261128-161110-660f',2,X'335D811D45170CF082DF991E4E4B2B9C',1793290270.5042477);
INSERT INTO "attempt" VALUES(2,'20261128-161110-660f',3,X'4850003548590D9822EA5FEA62D17E2E',1793290270.509884);
INSERT INTO "attempt" VALUES(3,'20261128-161110-660f',4,X'AF687F84499A58A6E5EFFA29572F62C3',1793290270.511346);
INSERT INTO "attempt" VALUES(4,'20261128-161110-660f',5,X'BD22C8C0D782C22B95E419722C240827',1793290270.5124662);
INSERT INTO "attempt" VALUES(5,'20261128-161110-660f',6,X'6C91717B5D186C5A8280140E83178452',1793290270.5141833);
INSERT INTO "attempt" VALUES(6,'20261128-161110-660f',7,X'3CDD571CE80EAE59C674AFB8A1A42975',1793290270.5160017);
INSERT INTO "attempt" VALUES(7,'20261128-161111-3dbc',3,X'4850003548590D9822EA5FEA62D17E2E',1793290271.656013);
INSERT INTO "attempt" VALUES(8,'20261128-161113-6050',6,X'6C91717B5D186C5A8280140E83178452',1793290273.6062431);
INSERT INTO "attempt" VALUES(9,'20261128-161116-2a9f',2,X'833F1BDE01691B9F74031E7DFE164A00',1793290276.3798716);
INSERT INTO "attempt" VALUES(10,'20261128-161116-2a9f',3,X'36A802E30F617D024D6EBA491D6BF8DD',1793290276.3933072);
INSERT INTO "attempt" VALUES(11,'20261128-161116-2a9f',4,X'CCD593D923575FB180847CAC33156119',1793290276.3948455);
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL REFERENCES attempt,
    made REAL NOT NULL,
    who TEXT NOT NULL,
    outcome TEXT NOT NULL,
    lead_id INTEGER,
    reason INTEGER NOT NULL REFERENCES reason
) STRICT;
INSERT INTO "decision" VALUES(1,5,1793290271.1335046,'root','failed',NULL,3);
CREATE TABLE duplicate (
    run TEXT NOT NULL REFERENCES run,
    row INTEGER NOT NULL,
    reason INTEGER NOT NULL REFERENCES reason,
    PRIMARY KEY (run, row)
) STRICT, WITHOUT ROWID;
INSERT INTO "duplicate" VALUES('20261128-161113-6050',2,5);
INSERT INTO "duplicate" VALUES('20261128-161113-6050',3,6);
INSERT INTO "duplicate" VALUES('20261128-161113-6050',4,7);
INSERT INTO "duplicate" VALUES('20261128-161113-6050',5,8);
INSERT INTO "duplicate" VALUES('20261128-161113-6050',7,9);
CREATE TABLE reason (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    hint TEXT NOT NULL,
    UNIQUE (text, hint)
) STRICT;
INSERT INTO "reason" VALUES(1,'This form should not contain extra fields.','The mapping sends a field that the form does not have: compare it with `uploader forms`, then `uploader retry` this report');
INSERT INTO "reason" VALUES(2,'the connection was closed before the answer was complete','It may have been taken, so it is not sent again by itself: look for it on the platform, then `uploader resolve` it');
INSERT INTO "reason" VALUES(3,'said not to have been taken (root, 2026-11-28)','`uploader retry` the report sends it again');
INSERT INTO "reason" VALUES(4,'Too many empty fields (telephone, fullName, companyName, jobTitle, industry, address, city, postcode, country, optIn, terms, eventDate)','fill in more of the columns, or map more of them; look at the number');
INSERT INTO "reason" VALUES(5,'already accepted on 2026-11-28 16:11 UTC (leads.csv, row 2; lead 17958822683498)','Nothing to do; `--allow-duplicates` would send it all the same');
INSERT INTO "reason" VALUES(6,'already accepted on 2026-11-28 16:11 UTC (leads.report.csv, row 3; lead 17958822683501)','Nothing to do; `--allow-duplicates` would send it all the same');
INSERT INTO "reason" VALUES(7,'already accepted on 2026-11-28 16:11 UTC (leads.csv, row 4; lead 17958822683499)','Nothing to do; `--allow-duplicates` would send it all the same');
INSERT INTO "reason" VALUES(8,'already sent on 2026-11-28 16:11 UTC (leads.csv, row 5), and whether it was taken is unknown','Nothing to do; `--allow-duplicates` would send it all the same');
INSERT INTO "reason" VALUES(9,'already accepted on 2026-11-28 16:11 UTC (leads.csv, row 7; lead 17958822683500)','Nothing to do; `--allow-duplicates` would send it all the same');
INSERT INTO "reason" VALUES(10,'Campaign is fulfilled (HTTP 403)','Ask your campaign manager when the campaign takes leads, then `uploader retry` this report');
CREATE TABLE result (
    scope TEXT NOT NULL,           -- the enterprise whose ids these are
    lead_id INTEGER NOT NULL,
    asked REAL NOT NULL,
    finding TEXT NOT NULL,         -- valid, invalid or pending
    reason INTEGER REFERENCES reason,
    PRIMARY KEY (scope, lead_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "result" VALUES('sandbox',17958822683498,1795882272.46188,'invalid',4);
INSERT INTO "result" VALUES('sandbox',17958822683499,1793290272.479075,'invalid',4);
INSERT INTO "result" VALUES('sandbox',17958822683500,1793290272.4858503,'invalid',4);
INSERT INTO "result" VALUES('sandbox',17958822683501,1793290272.472591,'invalid',4);
INSERT INTO "result" VALUES('sandbox',17958822741802,1793290276.3918839,'invalid',4);
CREATE TABLE run (
    id TEXT PRIMARY KEY,
    family TEXT NOT NULL,          -- the id of the upload that this run, a retry perhaps, goes back to
    started REAL NOT NULL,         -- UNIX time, seconds, as all times here
    ended REAL,
    stopped TEXT,                  -- why it ended before its end
    facts TEXT NOT NULL,           -- JSON: file, hash, mapping, ids, … (class Run)
    counts TEXT                    -- JSON: rows per outcome
) STRICT;
INSERT INTO "run" VALUES('20261128-161110-660f','20261128-161110-660f',1793290270.4886239,1793290270.5443072,NULL,'{"command":"upload","file":"/tmp/example/leads.csv","sha256":"da4b5e988bd78df554c70305c04146578bda3b3c62a921dcd6195c4dca610820","sheet":null,"encoding":null,"mapping":"version: 1\ncampaign: 44400\nform: 75\nlink: 135\npublisher: 11003\nfields:\n  firstName: First Name\n  lastName: Last Name\n  email: Email\n  source: {value: Autumn webinar}\n","mapping_path":"/tmp/example/map.yaml","scope":"sandbox","campaign":44400,"form":75,"link":135,"publisher":11003,"report_kind":"csv","escaped":false,"allow_duplicates":false,"include_unknown":false,"lawful":"--yes","who":"root","required":["firstName","lastName","email","source"],"limit":null,"canary":0,"canary_pass":null,"is_open":false,"flags":[],"rehearsed":true}','{"accepted": 3, "rejected": 1, "invalid": 0, "duplicate": 0, "failed": 0, "unknown": 2, "unsent": 0}');
INSERT INTO "run" VALUES('20261128-161111-3dbc','20261128-161110-660f',1793290271.6390066,1793290271.695289,NULL,'{"command":"retry","file":"/tmp/example/leads.report.csv","sha256":"75d2f72be8060dee8823a27e97fa4ed7a7151712ac765e2931c5c281d6f17503","sheet":null,"encoding":null,"mapping":"version: 1\ncampaign: 44400\nform: 75\nlink: 135\npublisher: 11003\nfields:\n  firstName: First Name\n  lastName: Last Name\n  email: Email\n  source: {value: Autumn webinar}\n","mapping_path":"/tmp/example/map.yaml","scope":"sandbox","campaign":44400,"form":75,"link":135,"publisher":11003,"report_kind":"csv","escaped":true,"allow_duplicates":false,"include_unknown":false,"lawful":"--yes","who":"root","required":["firstName","lastName","email","source"],"limit":1,"canary":0,"canary_pass":null,"is_open":false,"flags":[],"rehearsed":true}','{"accepted": 4, "rejected": 0, "invalid": 0, "duplicate": 0, "failed": 0, "unknown": 1, "unsent": 1}');
INSERT INTO "run" VALUES('20261128-161113-6050','20261128-161113-6050',1793290273.5793502,1793290273.6449397,NULL,'{"command":"upload","file":"/tmp/example/leads.csv","sha256":"da4b5e988bd78df554c70305c04146578bda3b3c62a921dcd6195c4dca610820","sheet":null,"encoding":null,"mapping":"version: 1\ncampaign: 44400\nform: 75\nlink: 135\npublisher: 11003\nfields:\n  firstName: First Name\n  lastName: Last Name\n  email: Email\n  source: {value: Autumn webinar}\n","mapping_path":"/tmp/example/map.yaml","scope":"sandbox","campaign":44400,"form":75,"link":135,"publisher":11003,"report_kind":"csv","escaped":false,"allow_duplicates":false,"include_unknown":false,"lawful":"--yes","who":"root","required":["firstName","lastName","email","source"],"limit":null,"canary":0,"canary_pass":null,"is_open":false,"flags":[],"rehearsed":true}','{"accepted": 1, "rejected": 0, "invalid": 0, "duplicate": 5, "failed": 0, "unknown": 0, "unsent": 0}');
INSERT INTO "run" VALUES('20261128-161116-2a9f','20261128-161116-2a9f',1793290276.3628275,1793290276.4295595,'The platform takes no more leads here: Campaign is fulfilled (HTTP 403).','{"command":"upload","file":"/tmp/example/more.csv","sha256":"63a7af3c94a8dba64da21bf8031d2c7f902d7d242efd47b0156f708c528456d4","sheet":null,"encoding":null,"mapping":"version: 1\ncampaign: 44400\nform: 75\nlink: 135\npublisher: 11003\nfields:\n  firstName: First Name\n  lastName: Last Name\n  email: Email\n  source: {value: Autumn webinar}\n","mapping_path":"/tmp/example/map.yaml","scope":"sandbox","campaign":44400,"form":75,"link":135,"publisher":11003,"report_kind":"csv","escaped":false,"allow_duplicates":false,"include_unknown":false,"lawful":"--yes","who":"root","required":["firstName","lastName","email","source"],"limit":null,"canary":1,"canary_pass":0.0,"is_open":true,"flags":[],"rehearsed":true}','{"accepted": 2, "rejected": 0, "invalid": 0, "duplicate": 0, "failed": 0, "unknown": 0, "unsent": 2}');
CREATE INDEX attempt_row ON attempt (run, row);
CREATE INDEX attempt_fingerprint ON attempt (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX decision_attempt ON decision (attempt);
CREATE VIEW known AS
    SELECT attempt.id, attempt.run, row, fingerprint, sent, status,
           CASE answer.outcome WHEN 'accepted' THEN 'accepted'
                ELSE coalesce(decision.outcome, answer.outcome, 'unknown') END AS outcome,
           coalesce(decision.lead_id, answer.lead_id) AS lead_id,
           coalesce(decision.reason, answer.reason) AS reason
    FROM attempt
    LEFT JOIN answer ON answer.attempt = attempt.id
    LEFT JOIN decision ON decision.id = (SELECT max(id) FROM decision WHERE decision.attempt = attempt.id);
CREATE VIEW live AS
    SELECT known.id, run, family, row, facts ->> 'file' AS file, fingerprint, sent, outcome, lead_id
    FROM known JOIN run ON run.id = known.run WHERE outcome IN ('accepted', 'unknown');
COMMIT;
PRAGMA user_version=3;
