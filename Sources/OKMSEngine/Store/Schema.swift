import GRDB

/// The tables of a store, as a list of migrations that only ever grows.
///
/// | table | one row is |
/// |---|---|
/// | `store` | the store itself: whose custody its keys are in, what signs its list markers, when its audit trail was begun |
/// | `account` | an owner of keys, with its quota and default key |
/// | `master_key` | a customer master key |
/// | `key_material` | one version of a key's material: the token its module gave, how many encryptions are accounted for, and since when and why it is in use |
/// | `tag` | a label of a key |
/// | `alias` | another name of a key; each account has `alias/okms/default` |
/// | `service_key` | the key that wraps the secrets of access keys, itself wrapped by the module |
/// | `access_key` | what a client of an account signs with |
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
        migrator.registerMigration("2 rotation, tags, aliases and access keys") { db in
            try db.execute(sql: second)
        }
        migrator.registerMigration("3 the audit trail") { db in
            try db.execute(sql: "ALTER TABLE store ADD COLUMN trail_begun REAL")
        }
        return migrator
    }

    /// Tags are bytes, because SQLite and Swift do not agree on when two texts are equal.
    private static let second = """
        ALTER TABLE account ADD COLUMN created REAL NOT NULL DEFAULT 0;
        ALTER TABLE master_key ADD COLUMN rotation_days INTEGER;
        ALTER TABLE master_key ADD COLUMN next_rotation REAL;
        ALTER TABLE master_key ADD COLUMN on_demand_rotations INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE key_material ADD COLUMN rotated REAL;
        ALTER TABLE key_material ADD COLUMN rotation_cause TEXT
            CHECK (rotation_cause IN ('AUTOMATIC', 'ON_DEMAND'));
        CREATE INDEX master_key_in_order_of_deletion ON master_key (deletion_date)
            WHERE deletion_date IS NOT NULL;
        CREATE INDEX master_key_in_order_of_rotation ON master_key (next_rotation)
            WHERE next_rotation IS NOT NULL;
        CREATE TABLE tag (
            key BLOB NOT NULL REFERENCES master_key (id) ON DELETE CASCADE,
            tag_key BLOB NOT NULL,
            tag_value BLOB NOT NULL,
            PRIMARY KEY (key, tag_key)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE alias (
            account TEXT NOT NULL REFERENCES account (id),
            name TEXT NOT NULL,
            key BLOB NOT NULL REFERENCES master_key (id) ON DELETE CASCADE,
            created REAL NOT NULL,
            updated REAL NOT NULL,
            PRIMARY KEY (account, name)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX alias_by_key ON alias (key);
        INSERT INTO alias (account, name, key, created, updated)
            SELECT account.id, 'alias/okms/default', default_key, master_key.created,
                master_key.created
            FROM account JOIN master_key ON master_key.id = default_key;
        UPDATE account SET created = (
            SELECT created FROM master_key WHERE master_key.id = default_key);
        CREATE TABLE service_key (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            material_key BLOB NOT NULL CHECK (length(material_key) = 16),
            material_token BLOB NOT NULL,
            iv BLOB NOT NULL,
            ciphertext BLOB NOT NULL,
            tag BLOB NOT NULL
        ) STRICT;
        CREATE TABLE access_key (
            id TEXT PRIMARY KEY CHECK (length(id) = 20),
            account TEXT NOT NULL REFERENCES account (id),
            iv BLOB NOT NULL,
            ciphertext BLOB NOT NULL,
            tag BLOB NOT NULL,
            is_active INTEGER NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
            created REAL NOT NULL,
            expires REAL,
            actions TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX access_key_by_account ON access_key (account, created, id);
        """
}
