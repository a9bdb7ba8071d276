//! The checks at startup.

use std::io;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, Error};

use crate::dial::Dial;
use crate::error::Kind;
use crate::table::Table;

/// Ends a connection's task when it is dropped.
pub(crate) struct Ending(pub(crate) JoinHandle<()>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connects once, creates the table if it does not exist, and checks that this role may do with it what the store
/// does.
pub(crate) async fn prepare(
    dial: &dyn Dial,
    config: &Config,
    table: &Table,
    within: Duration,
) -> Result<(), Kind> {
    let checks = async {
        let (client, task) = dial.connect(config, None).await.map_err(unreachable)?;
        let _ending = Ending(task);
        if !exists(&client, table).await? {
            create(&client, table).await?;
        }
        rights(&client, table).await?;
        shape(&client, table).await
    };
    timeout(within, checks).await.unwrap_or(Err(Kind::Timeout(within)))
}

fn unreachable(error: Error) -> Kind {
    let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<io::Error>());
    // As tokio-postgres reports a server that is not read-write.
    match source {
        Some(source) if source.kind() == io::ErrorKind::PermissionDenied => Kind::Standby,
        _ => Kind::Unreachable(error),
    }
}

async fn exists(client: &Client, table: &Table) -> Result<bool, Kind> {
    let sql = "SELECT to_regclass($1) IS NOT NULL";
    let row = client.query_typed_one(sql, &[(&table.name, Type::TEXT)]).await;
    row.and_then(|row| row.try_get(0)).map_err(|source| refused(table, source))
}

async fn create(client: &Client, table: &Table) -> Result<(), Kind> {
    client.batch_execute(&table.create_if_absent()).await.map_err(|source| {
        let name = table.name.clone();
        match source.code() {
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                Kind::NoTable { table: name, sql: table.schema.clone(), source }
            }
            _ => Kind::Create { table: name, source },
        }
    })
}

async fn rights(client: &Client, table: &Table) -> Result<(), Kind> {
    let sql = "SELECT has_table_privilege(t, 'SELECT') AND has_table_privilege(t, 'INSERT') \
                   AND has_table_privilege(t, 'UPDATE') AND has_table_privilege(t, 'DELETE'), \
                   quote_ident(current_user) FROM to_regclass($1) AS t";
    let row = client.query_typed_one(sql, &[(&table.name, Type::TEXT)]).await;
    let (enough, role): (bool, String) = row
        .and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .map_err(|source| refused(table, source))?;
    match enough {
        true => Ok(()),
        false => {
            let sql = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {role};", table.name);
            Err(Kind::Rights { sql })
        }
    }
}

async fn shape(client: &Client, table: &Table) -> Result<(), Kind> {
    let probed = client.batch_execute(&table.probe()).await;
    probed.map_err(|source| Kind::Shape { table: table.name.clone(), sql: table.schema.clone(), source })
}

fn refused(table: &Table, source: Error) -> Kind {
    Kind::Refused { table: table.name.clone(), source }
}
