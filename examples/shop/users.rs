//! The users and their orders, in SQLite, with passwords that argon2 has hashed.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use rusqlite::{Connection, OptionalExtension as _, params};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::sessions::Login;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Customer,
    Clerk,
}

/// Longer ones are refused before they are hashed.
pub const LONGEST_PASSWORD: usize = 200;
/// The passwords that are hashed at once. Each takes 19 MiB and some hundredths of a second.
const AT_ONCE: usize = 2;

#[derive(Clone)]
pub struct Users {
    database: Arc<Mutex<Connection>>,
    hashing: Arc<Semaphore>,
    /// Of a password that nobody has.
    nobody: Arc<str>,
}

impl Users {
    /// Opens the database, or makes it, with a clerk who has this password.
    pub fn open(path: &Path, clerk: &str) -> anyhow::Result<Self> {
        let database = Connection::open(path).with_context(|| format!("cannot use {}", path.display()))?;
        database.execute_batch(
            "CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, hash TEXT NOT NULL, \
             clerk INTEGER NOT NULL);
             CREATE TABLE IF NOT EXISTS orders (user INTEGER NOT NULL, item TEXT NOT NULL, count INTEGER NOT NULL);",
        )?;
        let add = "INSERT OR IGNORE INTO users (name, hash, clerk) VALUES ('clerk', ?1, 1)";
        database.execute(add, [hash(clerk)?])?;
        let (database, hashing) = (Arc::new(Mutex::new(database)), Arc::new(Semaphore::new(AT_ONCE)));
        Ok(Self { database, hashing, nobody: hash("nobody's password")?.into() })
    }

    /// Adds a customer; `None` if the name is taken.
    pub async fn add(&self, name: String, password: String) -> anyhow::Result<Option<Login>> {
        let hash = self.slowly(move || hash(&password)).await?;
        self.ask(move |database| {
            let add = "INSERT OR IGNORE INTO users (name, hash, clerk) VALUES (?1, ?2, 0)";
            let added = database.execute(add, params![name, hash])? == 1;
            Ok(added.then(|| Login { user: database.last_insert_rowid(), name, role: Role::Customer }))
        })
        .await
    }

    /// Returns the user with this name and password. It takes as long for a name that nobody has.
    pub async fn find(&self, name: String, password: String) -> anyhow::Result<Option<Login>> {
        let select = "SELECT id, hash, clerk FROM users WHERE name = ?1";
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?));
        let asked = name.clone();
        let found =
            self.ask(move |database| Ok(database.query_row(select, [asked], row).optional()?)).await?;
        let stored = found.as_ref().map_or_else(|| self.nobody.to_string(), |(_, hash, _)| hash.clone());
        let fits = self.slowly(move || verify(&password, &stored)).await?;
        let role = |clerk| if clerk { Role::Clerk } else { Role::Customer };
        Ok(found.filter(|_| fits).map(|(user, _, clerk)| Login { user, name, role: role(clerk) }))
    }

    pub async fn set_password(&self, user: i64, password: String) -> anyhow::Result<()> {
        let hash = self.slowly(move || hash(&password)).await?;
        let set = "UPDATE users SET hash = ?2 WHERE id = ?1";
        self.ask(move |database| Ok(database.execute(set, params![user, hash]).map(drop)?)).await
    }

    pub async fn order(&self, user: i64, items: Vec<(String, u32)>) -> anyhow::Result<()> {
        self.ask(move |database| {
            for (item, count) in items {
                database.execute("INSERT INTO orders VALUES (?1, ?2, ?3)", params![user, item, count])?;
            }
            Ok(())
        })
        .await
    }

    pub async fn orders(&self) -> anyhow::Result<Vec<(String, String, u32)>> {
        self.ask(|database| {
            let select =
                "SELECT name, item, count FROM orders JOIN users ON users.id = user ORDER BY orders.rowid";
            let mut orders = database.prepare(select)?;
            let rows = orders.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> anyhow::Result<R> + Send + 'static,
    ) -> anyhow::Result<R> {
        let database = Arc::clone(&self.database);
        spawn_blocking(move || question(&database.lock().unwrap_or_else(PoisonError::into_inner))).await?
    }

    /// Hashes a password, when it is its turn.
    async fn slowly<R: Send + 'static>(
        &self,
        hash: impl FnOnce() -> anyhow::Result<R> + Send + 'static,
    ) -> anyhow::Result<R> {
        let _turn = self.hashing.acquire().await?;
        spawn_blocking(hash).await?
    }
}

fn hash(password: &str) -> anyhow::Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let hashed = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hashed.map_err(|error| anyhow::anyhow!("cannot hash a password: {error}"))?.to_string())
}

fn verify(password: &str, stored: &str) -> anyhow::Result<bool> {
    let hash = PasswordHash::new(stored).map_err(|error| anyhow::anyhow!("not a hash: {error}"))?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}
