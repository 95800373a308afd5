//! The store: what survives a crash.
//!
//! It knows no HTTP and no provider. A tenant's rows are reached through [`Store::tenant`] alone; what is global (OAuth
//! states, the account index) has methods of its own. A statement is one text for SQLite and PostgreSQL; where one of them
//! needs a word more, the statement says for which. Nothing outside this module knows which engine it is.

mod accounts;
mod changes;
mod connections;
mod database;
mod deliveries;
mod error;
mod migrations;
mod oauth_states;
mod plans;
mod signals;
mod subscriptions;
mod tokens;
mod upkeep;
mod webhook_secrets;

use database::{Database, Statement};

pub use changes::NewChange;
pub use connections::{ConnectionFilter, ConnectionPosition, DeletedConnection};
pub use deliveries::{NewDelivery, NewSignal, Stored};
pub use error::StoreError;
pub use oauth_states::{Claim, ClaimRefused, Completion, NewState, StateRow, StateStatus};
pub use signals::{SignalFilter, SignalPosition};
pub use subscriptions::SubscriptionRow;
pub use tokens::{TokenLease, TokenRow};
pub use upkeep::{Due, Outcome, Ring, Task};

use crate::model::TenantId;

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    database: Database,
}

/// A tenant's part of the store.
#[derive(Debug, Clone, Copy)]
pub struct TenantStore<'a> {
    database: &'a Database,
    tenant: TenantId,
}

impl Store {
    /// Opens the database that a `sqlite:` or `postgres:` URL names; a SQLite file is made if there is none. At most this many
    /// connections are open at once; SQLite has one more, which writes. The schema is made by [`migrate`](Self::migrate).
    ///
    /// # Errors
    /// If the URL is malformed, the database can't be opened, or it would lose what was acknowledged.
    pub async fn open(url: &str, connections: u32) -> Result<Self, StoreError> {
        let database = Database::open(url, connections).await?;
        database.durability().await?;
        Ok(Self { database })
    }

    /// Brings the schema up to date. Processes that do so at once wait for each other.
    ///
    /// # Errors
    /// If the database is out of reach, or was migrated by a newer version of the service.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.database.migrate().await
    }

    /// The part of the store that belongs to `tenant`.
    pub fn tenant(&self, tenant: TenantId) -> TenantStore<'_> {
        TenantStore { database: &self.database, tenant }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.database.read(Statement::new("SELECT 1")).await.map(drop)
    }

    /// Whether the schema is the one that this version of the service was built for.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn is_migrated(&self) -> Result<bool, StoreError> {
        let newest = Statement::new("SELECT max(version) FROM _sqlx_migrations WHERE success");
        let newest = self.database.read_one(newest).await?.map(|row| row.get::<Option<i64>>(0)).transpose()?;
        Ok(newest.flatten() == migrations::newest())
    }

    /// How the database keeps what was committed, in its own terms.
    ///
    /// # Errors
    /// If the database does not answer, or might lose it.
    pub async fn durability(&self) -> Result<String, StoreError> {
        self.database.durability().await
    }

    /// Closes all connections, once they are idle.
    pub async fn close(&self) {
        self.database.close().await;
    }
}
