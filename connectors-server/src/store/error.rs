//! Why the store could not do what it was asked.

use std::io;

use sqlx::{error::DatabaseError, postgres::PgDatabaseError};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is out of reach; trying again later may help.
    #[error("the database is out of reach")]
    Unavailable(#[source] sqlx::Error),
    /// The database refused; trying again won't help.
    #[error("the database refused")]
    Failed(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The database might lose what was acknowledged.
    #[error("the database might lose what was acknowledged: {durability}")]
    NotDurable {
        /// How it keeps what was committed.
        durability: String,
    },
    /// A row holds what this version of the service did not write.
    #[error("a row of {table} is damaged")]
    Damaged {
        /// The table.
        table: &'static str,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let unavailable = match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => true,
            sqlx::Error::Io(error) => error.kind() != io::ErrorKind::InvalidData,
            sqlx::Error::Tls(_) => true,
            sqlx::Error::Database(error) => match error.try_downcast_ref::<PgDatabaseError>() {
                Some(error) => is_passing(error.code()),
                // BUSY, LOCKED, IOERR, FULL, CANTOPEN.
                None => matches!(sqlite_code(&**error), Some(5 | 6 | 10 | 13 | 14)),
            },
            _ => false,
        };
        if unavailable { Self::Unavailable(error) } else { Self::Failed(error) }
    }
}

/// SQLite's primary result code: <https://www.sqlite.org/rescode.html>.
pub(super) fn sqlite_code(error: &dyn DatabaseError) -> Option<i32> {
    let extended: i32 = error.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// Whether a PostgreSQL error code is of those that pass: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn is_passing(code: &str) -> bool {
    // Connection exception, transaction rollback, insufficient resources, operator intervention.
    let passing = ["08", "40", "53", "57"];
    // read_only_sql_transaction: a standby, to which the service was led while it takes over. lock_not_available.
    passing.iter().any(|class| code.starts_with(class)) || matches!(code, "25006" | "55P03")
}
