import GRDB

/// The tables of a store, as a list of migrations that only ever grows.
///
/// | table | one row is |
/// |---|---|
/// | `store` | the store itself: whose custody its keys are in, what signs its list markers |
/// | `account` | an owner of keys, with its quota and default key |
/// | `master_key` | a customer master key |
/// | `key_material` | one version of a key's material: the token its module gave, and how many encryptions are accounted for |
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 accounts, keys and their material") { db in
            try db.execute(
                sql: """
                    CREATE TABLE store (
                        only INTEGER PRIMARY KEY CHECK (only = 1),
                        hsm_identity BLOB NOT NULL,
                        marker_key BLOB NOT NULL CHECK (length(marker_key) = 32)
                    ) STRICT;
                    CREATE TABLE account (
                        id TEXT PRIMARY KEY,
                        region TEXT NOT NULL,
                        key_quota INTEGER NOT NULL,
                        default_key BLOB NOT NULL
                            REFERENCES master_key (id) DEFERRABLE INITIALLY DEFERRED
                    ) STRICT;
                    CREATE TABLE master_key (
                        id BLOB PRIMARY KEY CHECK (length(id) = 16),
                        account TEXT NOT NULL REFERENCES account (id),
                        description TEXT NOT NULL,
                        state TEXT NOT NULL
                            CHECK (state IN ('Enabled', 'Disabled', 'PendingDeletion')),
                        created REAL NOT NULL,
                        deletion_date REAL,
                        current_version INTEGER NOT NULL,
                        CHECK ((deletion_date IS NOT NULL) = (state = 'PendingDeletion'))
                    ) STRICT;
                    CREATE INDEX master_key_in_order ON master_key (account, created, id);
                    CREATE TABLE key_material (
                        key BLOB NOT NULL REFERENCES master_key (id) ON DELETE CASCADE,
                        version INTEGER NOT NULL CHECK (version > 0),
                        token BLOB NOT NULL,
                        encryptions INTEGER NOT NULL DEFAULT 0,
                        PRIMARY KEY (key, version)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        return migrator
    }
}
