CREATE TABLE event(target TEXT NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL, body TEXT NOT NULL, reply TEXT,
                   PRIMARY KEY(target, number));
CREATE TABLE state(target TEXT NOT NULL PRIMARY KEY, number INTEGER NOT NULL, format INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE effect(target TEXT NOT NULL, event INTEGER NOT NULL, ordinal INTEGER NOT NULL, body TEXT NOT NULL,
                    open INTEGER NOT NULL, PRIMARY KEY(target, event, ordinal));
CREATE INDEX effect_open ON effect(target, event, ordinal) WHERE open = 1;
CREATE TABLE deployment(target TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY(target, number));
CREATE TABLE note(id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, deployment INTEGER NOT NULL,
                  time INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX note_of ON note(target, deployment);
CREATE TABLE release(service TEXT NOT NULL, revision INTEGER NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL,
                     config TEXT NOT NULL, by TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(service, revision));
CREATE INDEX release_version ON release(service, version);
CREATE TABLE fact(name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE audit(number INTEGER PRIMARY KEY, time INTEGER NOT NULL, target TEXT NOT NULL, event INTEGER NOT NULL,
                   by TEXT NOT NULL, origin TEXT NOT NULL, command TEXT NOT NULL, subject TEXT NOT NULL,
                   reason TEXT NOT NULL, accepted INTEGER NOT NULL, message TEXT NOT NULL, deployment INTEGER NOT NULL,
                   hash TEXT NOT NULL);
CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended to'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is only appended to'); END;
PRAGMA application_id=1397508432;
PRAGMA user_version=2;
