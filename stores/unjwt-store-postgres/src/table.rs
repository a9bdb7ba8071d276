//! The table, and the statements about it.

use std::sync::Arc;

/// The longest name: `_until` after it must fit into the 63 bytes of an identifier.
const MAX_NAME: usize = 57;

/// The longest name of a schema.
const MAX_SCHEMA: usize = 63;

/// The number of expired rows that one write deletes at most.
const SWEEP: usize = 100;

/// Present means that `until` is later. The server's clock decides, so that all machines agree.
const NOW: &str = "floor(extract(epoch from now()))::bigint";

/// Turns a commit that would not wait for the disk into one that does, for this transaction only, which works behind a
/// pooler of transactions too. Stricter settings stay.
const DURABLE: &str = "CASE current_setting('synchronous_commit') \
     WHEN 'off' THEN set_config('synchronous_commit', 'on', true) ELSE 'on' END <> ''";

/// A validated name, and the SQL with it.
pub(crate) struct Table {
    /// Quoted, with its schema.
    pub(crate) name: String,
    /// The channel of notifications: the table's name without its schema.
    pub(crate) channel: String,
    /// `CREATE` of the table and its index.
    pub(crate) schema: String,
    pub(crate) load: Arc<str>,
    pub(crate) create: Arc<str>,
    pub(crate) change: Arc<str>,
    pub(crate) sweep: Arc<str>,
}

impl Table {
    /// `None` for a name that is not an identifier.
    pub(crate) fn new(name: &str, notify: bool) -> Option<Self> {
        let (schema, table) = match name.split_once('.') {
            Some((schema, table)) => (Some(schema), table),
            None => (None, name),
        };
        if !identifier(table, MAX_NAME) || schema.is_some_and(|schema| !identifier(schema, MAX_SCHEMA)) {
            return None;
        }
        let name = match schema {
            Some(schema) => format!("\"{schema}\".\"{table}\""),
            None => format!("\"{table}\""),
        };
        // A statement's notification is sent when its transaction commits.
        let notice = match notify {
            true => format!(" RETURNING pg_notify('{table}', encode(r.key, 'hex'))"),
            false => String::new(),
        };
        Some(Self {
            channel: table.to_owned(),
            schema: schema_sql(&name, table),
            // The row of the left side comes back if no key is found too, and says whether the answer can be trusted.
            load: format!(
                "SELECT pg_is_in_recovery(), r.key, r.value, r.version FROM (VALUES (1)) AS one \
                 LEFT JOIN {name} AS r ON r.key = ANY($1) AND r.until > {NOW}"
            )
            .into(),
            create: format!(
                "INSERT INTO {name} AS r (key, value, version, until) SELECT $1, $2, $3, $4 WHERE {DURABLE} \
                 ON CONFLICT (key) DO UPDATE \
                 SET value = excluded.value, version = excluded.version, until = excluded.until \
                 WHERE r.until <= {NOW}{notice}"
            )
            .into(),
            change: format!(
                "UPDATE {name} AS r SET value = $2, version = $3, until = $4 \
                 WHERE r.key = $1 AND r.version = $5 AND r.until > {NOW} AND {DURABLE}{notice}"
            )
            .into(),
            sweep: format!(
                "WITH expired AS MATERIALIZED (SELECT key FROM {name} WHERE until <= {NOW} \
                 ORDER BY until LIMIT {SWEEP} FOR UPDATE SKIP LOCKED) \
                 DELETE FROM {name} AS r USING expired WHERE r.key = expired.key"
            )
            .into(),
            name,
        })
    }

    /// Explains an insertion and executes nothing, but fails unless the columns, their types, the unique key and the
    /// rights are as needed. The comparisons are there since any type can be assigned to `text`.
    pub(crate) fn probe(&self) -> String {
        format!(
            "EXPLAIN INSERT INTO {} AS r (key, value, version, until) \
             VALUES ('\\x'::bytea, '\\x'::bytea, 0::bigint, 0::bigint) \
             ON CONFLICT (key) DO UPDATE SET until = excluded.until \
             WHERE r.key = '\\x'::bytea AND r.value = '\\x'::bytea AND r.version = 0::bigint AND r.until > 0::bigint",
            self.name
        )
    }

    /// The statements that create the table, one at a time for all machines, as one transaction.
    pub(crate) fn create_if_absent(&self) -> String {
        format!(
            "SELECT pg_advisory_xact_lock(hashtext('unjwt_store_postgres'), hashtext('{}')); {}",
            self.name, self.schema
        )
    }
}

fn identifier(name: &str, longest: usize) -> bool {
    let mut bytes = name.bytes();
    name.len() <= longest
        && bytes.next().is_some_and(|first| first == b'_' || first.is_ascii_lowercase())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn schema_sql(name: &str, table: &str) -> String {
    let index = format!("\"{table}_until\"");
    // The placeholder keeps the index out of the second replacement.
    let placed = crate::PostgresStore::SCHEMA.replace("unjwt_logins_until", "\0");
    placed.replace("unjwt_logins", name).replace('\0', &index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_identifiers_are_names() {
        let longest = "a".repeat(MAX_NAME);
        for name in ["unjwt_logins", "_t1", "app.logins", &longest] {
            assert!(Table::new(name, true).is_some(), "{name}");
        }
        let too_long = "a".repeat(MAX_NAME + 1);
        for name in
            ["", ".", "a.", ".a", "a.b.c", "1a", "A", "a b", "a\"b", "a;b", "a'b", "ä", "a\0", &too_long]
        {
            assert!(Table::new(name, true).is_none(), "{name}");
        }
    }

    #[test]
    fn the_schema_is_that_of_the_chosen_table() {
        let table = Table::new("app.logins", false).unwrap();
        assert!(table.schema.contains("EXISTS \"app\".\"logins\" ("), "{}", table.schema);
        assert!(table.schema.contains("\"logins_until\" ON \"app\".\"logins\" (until)"), "{}", table.schema);
        assert!(!table.schema.contains("unjwt"), "{}", table.schema);
    }

    #[test]
    fn the_schema_of_the_default_name_is_the_documented_one() {
        let table = Table::new("unjwt_logins", false).unwrap();
        assert_eq!(table.schema.replace('"', ""), crate::PostgresStore::SCHEMA);
        assert!(include_str!("../README.md").contains(crate::PostgresStore::SCHEMA), "the README's SQL");
    }
}
