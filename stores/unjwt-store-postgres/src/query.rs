//! One statement with its parameters.

use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

/// A statement that owns what it needs, so that it outlives a caller that stops waiting.
pub(crate) struct Query {
    pub(crate) sql: Arc<str>,
    pub(crate) parameters: Vec<(Parameter, Type)>,
    /// Set for a statement that only reads, which may run twice.
    pub(crate) repeatable: bool,
}

pub(crate) type Parameter = Box<dyn ToSql + Send + Sync>;

pub(crate) struct Answer {
    pub(crate) rows: Vec<Row>,
    /// The number of rows that were written.
    pub(crate) written: u64,
}

/// The number of times that a statement runs whose transaction the server rolled back in favour of another one.
const ATTEMPTS: usize = 10;

impl Query {
    /// Runs the statement in one round trip and without a named prepared statement, which a pooler might give to another
    /// connection. Repeats it if the server rolled it back because of its isolation level.
    pub(crate) async fn run(&self, client: &Client) -> Result<Answer, Error> {
        let mut attempt = 1;
        loop {
            match self.run_once(client).await {
                Err(error) if attempt < ATTEMPTS && rolled_back(&error) => attempt += 1,
                answer => return answer,
            }
        }
    }

    async fn run_once(&self, client: &Client) -> Result<Answer, Error> {
        let parameters = self.parameters.iter().map(|(value, r#type)| {
            let value: &(dyn ToSql + Sync) = &**value;
            (value, r#type.clone())
        });
        let mut stream = pin!(client.query_typed_raw(&self.sql, parameters).await?);
        let mut rows = Vec::new();
        while let Some(row) = stream.try_next().await? {
            rows.push(row);
        }
        Ok(Answer { rows, written: stream.rows_affected().unwrap_or(0) })
    }
}

fn rolled_back(error: &Error) -> bool {
    matches!(error.code(), Some(&SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED))
}
