//! Why the store could not do what it was asked.

use std::io;

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
            // SQLite's primary result codes: BUSY, LOCKED, IOERR, FULL, CANTOPEN.
            sqlx::Error::Database(error) => error
                .code()
                .and_then(|code| code.parse::<i32>().ok())
                .is_some_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14)),
            _ => false,
        };
        if unavailable { Self::Unavailable(error) } else { Self::Failed(error) }
    }
}
