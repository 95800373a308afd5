//! The store: what survives a crash.
//!
//! It knows no HTTP and no provider. A tenant's rows are reached through [`Store::tenant`] alone; what is global (OAuth
//! states, the account index) has methods of its own. Statements are written so that SQLite and PostgreSQL both take them;
//! the index that a list of signals names is SQLite's alone, and stands in one function.

mod accounts;
mod connections;
mod deliveries;
mod error;
mod migrations;
mod oauth_states;
mod signals;
mod statement;

use std::{str::FromStr, time::Duration};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use connections::{ConnectionFilter, ConnectionPosition, DeletedConnection};
pub use deliveries::{NewDelivery, NewSignal, Stored};
pub use error::StoreError;
pub use oauth_states::{Claim, ClaimRefused, Completion, NewState, StateRow, StateStatus};
pub use signals::{SignalFilter, SignalPosition};

use crate::model::TenantId;

/// The database: one connection that writes, several that read.
#[derive(Debug, Clone)]
pub struct Store {
    writer: SqlitePool,
    reader: SqlitePool,
}

/// A tenant's part of the store.
#[derive(Debug, Clone, Copy)]
pub struct TenantStore<'a> {
    store: &'a Store,
    tenant: TenantId,
}

/// How long a request waits for a database connection before the database counts as out of reach.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

impl Store {
    /// Opens the database, and creates the file if there is none. The schema is made by [`migrate`](Self::migrate).
    ///
    /// # Errors
    /// If the URL is malformed or the file can't be opened.
    pub async fn open(url: &str, readers: u32) -> Result<Self, StoreError> {
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
        Ok(Self { writer, reader })
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// If the database is out of reach, or was migrated by a newer version of the service.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        Ok(migrations::sqlite().run(&self.writer).await?)
    }

    /// The part of the store that belongs to `tenant`.
    pub fn tenant(&self, tenant: TenantId) -> TenantStore<'_> {
        TenantStore { store: self, tenant }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.reader).await?;
        Ok(())
    }

    /// Whether the schema is the one that this version of the service was built for.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn is_migrated(&self) -> Result<bool, StoreError> {
        let newest: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
            .fetch_one(&self.reader)
            .await?;
        Ok(newest == migrations::newest())
    }

    /// How the writing connection keeps what was committed: SQLite's `journal_mode` and `synchronous` (2 is FULL).
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn durability(&self) -> Result<(String, i64), StoreError> {
        let journal_mode = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&self.writer).await?;
        let synchronous = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&self.writer).await?;
        Ok((journal_mode, synchronous))
    }

    /// Closes all connections, once they are idle.
    pub async fn close(&self) {
        self.writer.close().await;
        self.reader.close().await;
    }

    async fn begin(&self) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, StoreError> {
        // A transaction that begins as a reader can't always become a writer; this one begins as one.
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }
}
