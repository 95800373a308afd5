//! A transaction of either engine.

use sqlx::{Postgres, Sqlite};

use super::{Row, Statement};
use crate::{failpoint::mortal, store::StoreError};

/// A transaction.
pub(in crate::store) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Executes a statement; how many rows it changed.
    pub(in crate::store) async fn write(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        mortal(async {
            Ok(match self {
                Self::Sqlite(transaction) => statement.sqlite().execute(&mut **transaction).await?.rows_affected(),
                Self::Postgres(transaction) => statement.postgres().execute(&mut **transaction).await?.rows_affected(),
            })
        })
        .await
    }

    /// Executes a statement; the first row that it finds or returns.
    pub(in crate::store) async fn write_one(&mut self, statement: Statement<'_>) -> Result<Option<Row>, StoreError> {
        mortal(async {
            Ok(match self {
                Self::Sqlite(transaction) => {
                    statement.sqlite().fetch_optional(&mut **transaction).await?.map(Row::Sqlite)
                }
                Self::Postgres(transaction) => {
                    statement.postgres().fetch_optional(&mut **transaction).await?.map(Row::Postgres)
                }
            })
        })
        .await
    }

    /// Executes a statement; the rows that it finds or returns.
    pub(in crate::store) async fn write_rows(&mut self, statement: Statement<'_>) -> Result<Vec<Row>, StoreError> {
        mortal(async {
            Ok(match self {
                Self::Sqlite(transaction) => Row::of_sqlite(statement.sqlite().fetch_all(&mut **transaction).await?),
                Self::Postgres(transaction) => {
                    Row::of_postgres(statement.postgres().fetch_all(&mut **transaction).await?)
                }
            })
        })
        .await
    }

    /// Keeps what was changed.
    pub(in crate::store) async fn commit(self) -> Result<(), StoreError> {
        mortal(async {
            match self {
                Self::Sqlite(transaction) => transaction.commit().await?,
                Self::Postgres(transaction) => transaction.commit().await?,
            }
            Ok(())
        })
        .await
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
