//! A transaction of either engine.

use sqlx::{Postgres, Sqlite};

use super::{Row, Statement};
use crate::store::StoreError;

/// A transaction.
pub(in crate::store) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Executes a statement; how many rows it changed.
    pub(in crate::store) async fn write(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        Ok(match self {
            Self::Sqlite(transaction) => statement.sqlite().execute(&mut **transaction).await?.rows_affected(),
            Self::Postgres(transaction) => statement.postgres().execute(&mut **transaction).await?.rows_affected(),
        })
    }

    /// Executes a statement; the first row that it finds or returns.
    pub(in crate::store) async fn write_one(&mut self, statement: Statement<'_>) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Self::Sqlite(transaction) => statement.sqlite().fetch_optional(&mut **transaction).await?.map(Row::Sqlite),
            Self::Postgres(transaction) => {
                statement.postgres().fetch_optional(&mut **transaction).await?.map(Row::Postgres)
            }
        })
    }

    /// Keeps what was changed.
    pub(in crate::store) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// Undoes what was changed.
    pub(in crate::store) async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.rollback().await?,
            Self::Postgres(transaction) => transaction.rollback().await?,
        }
        Ok(())
    }
}
