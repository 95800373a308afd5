//! The two engines behind one interface: whoever has a statement need not know which of them executes it.

mod postgres;
mod row;
mod sqlite;
mod statement;
mod transaction;
mod value;

use std::time::Duration;

use sqlx::{PgPool, SqlitePool};

pub(super) use row::Row;
pub(super) use statement::Statement;
pub(super) use transaction::Transaction;
pub(super) use value::Value;

use super::StoreError;
use crate::failpoint::mortal;

/// How long a request waits for a database connection before the database counts as out of reach.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// An open database.
#[derive(Debug, Clone)]
pub(super) enum Database {
    /// One connection that writes, several that read: SQLite has one writer at a time, and who waits here waits in turn.
    Sqlite { writer: SqlitePool, reader: SqlitePool },
    /// Connections that do both.
    Postgres(PgPool),
}

impl Database {
    pub(super) async fn open(url: &str, connections: u32) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            return sqlite::open(url, connections).await;
        }
        postgres::open(url, connections).await
    }

    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// Brings the schema up to date, while all others who want to do so wait.
    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { writer, .. } => sqlite::migrate(writer).await,
            Self::Postgres(pool) => postgres::migrate(pool).await,
        }
    }

    /// How what was committed is kept; an error if it might not be.
    pub(super) async fn durability(&self) -> Result<String, StoreError> {
        match self {
            Self::Sqlite { writer, .. } => sqlite::durability(writer).await,
            Self::Postgres(pool) => postgres::durability(pool).await,
        }
    }

    /// The rows that a reading statement finds.
    pub(super) async fn read(&self, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        mortal(async {
            Ok(match self {
                Self::Sqlite { reader, .. } => Row::of_sqlite(statement.sqlite().fetch_all(reader).await?),
                Self::Postgres(pool) => Row::of_postgres(statement.postgres().fetch_all(pool).await?),
            })
        })
        .await
    }

    /// The first row that a reading statement finds.
    pub(super) async fn read_one(&self, statement: Statement<'_>) -> Result<Option<Row>, StoreError> {
        mortal(async {
            Ok(match self {
                Self::Sqlite { reader, .. } => statement.sqlite().fetch_optional(reader).await?.map(Row::Sqlite),
                Self::Postgres(pool) => statement.postgres().fetch_optional(pool).await?.map(Row::Postgres),
            })
        })
        .await
    }

    /// Executes a writing statement; how many rows it changed.
    pub(super) async fn write(&self, statement: Statement<'_>) -> Result<u64, StoreError> {
        mortal(async {
            Ok(match self {
                Self::Sqlite { writer, .. } => statement.sqlite().execute(writer).await?.rows_affected(),
                Self::Postgres(pool) => statement.postgres().execute(pool).await?.rows_affected(),
            })
        })
        .await
    }

    /// Executes a writing statement; the rows that it returns.
    pub(super) async fn write_rows(&self, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        mortal(async {
            Ok(match self {
                Self::Sqlite { writer, .. } => Row::of_sqlite(statement.sqlite().fetch_all(writer).await?),
                Self::Postgres(pool) => Row::of_postgres(statement.postgres().fetch_all(pool).await?),
            })
        })
        .await
    }

    /// Executes a statement where writes happen, and so after all that were done; the first row that it returns.
    pub(super) async fn write_one(&self, statement: Statement<'_>) -> Result<Option<Row>, StoreError> {
        mortal(async {
            Ok(match self {
                Self::Sqlite { writer, .. } => statement.sqlite().fetch_optional(writer).await?.map(Row::Sqlite),
                Self::Postgres(pool) => statement.postgres().fetch_optional(pool).await?.map(Row::Postgres),
            })
        })
        .await
    }

    /// Begins a transaction that writes. Dropped without a commit, it changes nothing.
    pub(super) async fn begin(&self) -> Result<Transaction, StoreError> {
        mortal(async {
            Ok(match self {
                // A transaction that begins as a reader can't always become a writer; this one begins as one.
                Self::Sqlite { writer, .. } => Transaction::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
                Self::Postgres(pool) => Transaction::Postgres(pool.begin().await?),
            })
        })
        .await
    }

    /// Closes all connections, once they are idle.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader } => {
                writer.close().await;
                reader.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
