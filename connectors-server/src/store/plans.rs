//! How the database would execute a statement, in its own words.

use super::{
    ConnectionFilter, ConnectionPosition, SignalFilter, SignalPosition, StoreError, TenantStore,
    database::{Database, Engine, Statement},
};

/// The page's size makes no difference to a plan that seeks.
const LIMIT: u32 = 50;

impl TenantStore<'_> {
    /// The plan of a page of signals, a line for each step.
    ///
    /// # Errors
    /// If the database does.
    pub async fn signals_plan(
        &self,
        filter: &SignalFilter,
        after: Option<SignalPosition>,
    ) -> Result<Vec<String>, StoreError> {
        self.plan(self.page_of_signals("*", filter, after, LIMIT)).await
    }

    /// The plan of a page of connections, a line for each step.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connections_plan(
        &self,
        filter: &ConnectionFilter,
        after: Option<ConnectionPosition>,
    ) -> Result<Vec<String>, StoreError> {
        self.plan(self.page_of_connections(filter, after, LIMIT)).await
    }

    async fn plan(&self, statement: Statement<'_>) -> Result<Vec<String>, StoreError> {
        plan(self.database, statement).await
    }
}

/// How a statement would be executed, a line for each step.
pub(super) async fn plan(database: &Database, statement: Statement<'_>) -> Result<Vec<String>, StoreError> {
    let column = match database.engine() {
        Engine::Sqlite => 3,
        Engine::Postgres => 0,
    };
    let rows = database.read(statement.explained()).await?;
    rows.iter().map(|row| row.get(column)).collect()
}
