//! SQLite: a file on this machine.

use std::{str::FromStr, time::Duration};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{ACQUIRE_TIMEOUT, Database};
use crate::store::{StoreError, migrations};

/// Opens the file, and creates it if there is none.
pub(super) async fn open(url: &str, readers: u32) -> Result<Database, StoreError> {
    // FULL: what was acknowledged must survive a power cut too, not only a crash of the process.
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(5))
        .pragma("secure_delete", "on");
    let options = sqlx::ConnectOptions::disable_statement_logging(options);
    let pool = SqlitePoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
    let writer = pool.clone().max_connections(1).connect_with(options.clone()).await?;
    let reader = pool.max_connections(readers).connect_with(options.pragma("query_only", "on")).await?;
    Ok(Database::Sqlite { writer, reader })
}

/// Migrates within one transaction, which keeps other processes' migrations out.
pub(super) async fn migrate(writer: &SqlitePool) -> Result<(), StoreError> {
    let mut transaction = writer.begin_with("BEGIN IMMEDIATE").await?;
    migrations::sqlite().run(&mut *transaction).await?;
    Ok(transaction.commit().await?)
}

/// The writing connection's `journal_mode` and `synchronous`.
pub(super) async fn durability(writer: &SqlitePool) -> Result<String, StoreError> {
    let journal_mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(writer).await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(writer).await?;
    let durability = format!("journal_mode {journal_mode}, synchronous {synchronous}");
    // 2 is FULL.
    if journal_mode == "wal" && synchronous == 2 { Ok(durability) } else { Err(StoreError::NotDurable { durability }) }
}
