//! SQLite: a file on this machine.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Sqlite, SqlitePool,
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::time::{Instant, sleep};

use super::{ACQUIRE_TIMEOUT, Database};
use crate::store::{StoreError, error::sqlite_code, migrations};

/// How long to wait before a file that another process has is tried again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// Opens the file, and creates it if there is none.
pub(super) async fn open(url: &str, readers: u32) -> Result<Database, StoreError> {
    // FULL: what was acknowledged must survive a power cut too, not only a crash of the process.
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(ACQUIRE_TIMEOUT)
        .pragma("secure_delete", "on");
    let options = sqlx::ConnectOptions::disable_statement_logging(options);
    let pool = SqlitePoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
    let writer = open_writer(pool.clone().max_connections(1), &options).await?;
    let reader = pool.max_connections(readers).connect_with(options.pragma("query_only", "on")).await?;
    Ok(Database::Sqlite { writer, reader })
}

/// Opens the connection that writes, and waits while another process has the file.
///
/// SQLite's own waiting does not cover it: who changes the journal's mode is refused at once while another connection
/// writes, and who opens the file while the last connection to it closes may be: <https://www.sqlite.org/wal.html>.
async fn open_writer(pool: PoolOptions<Sqlite>, options: &SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let deadline = Instant::now() + ACQUIRE_TIMEOUT;
    loop {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if is_busy(&error) && Instant::now() < deadline => sleep(BUSY_PAUSE).await,
            opened => return opened,
        }
    }
}

/// Whether another connection has what was asked for: <https://www.sqlite.org/rescode.html#busy>.
fn is_busy(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlite_code) == Some(5)
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
