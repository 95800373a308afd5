//! The account index: which tenants have connected an account, by its id and by the other names that deliveries call it. It is
//! global, since an app's deliveries name no tenant.

use uuid::Uuid;

use super::{
    Store, StoreError, TenantStore,
    database::{Statement, Transaction},
};
use crate::model::{ConnectionId, TenantId, Timestamp};

impl Store {
    /// The tenants that have connected an account, named by its id or another of its names, with their connections.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connected(&self, provider: &str, account: &str) -> Result<Vec<(TenantId, ConnectionId)>, StoreError> {
        let statement = Statement::new(
            "SELECT tenant_id, connection_id FROM account_index WHERE provider_slug = $1 AND account_id = $2 \
             AND deleted_at IS NULL ORDER BY tenant_id, connection_id",
        );
        let rows = self.database.read(statement.bind(provider).bind(account)).await?;
        rows.iter().map(|row| Ok((TenantId(row.get(0)?), ConnectionId(row.get(1)?)))).collect()
    }

    /// The tenant of a connection, and all that its account is called.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connection_owner(
        &self,
        provider: &str,
        connection: ConnectionId,
    ) -> Result<Option<(TenantId, Vec<String>)>, StoreError> {
        let statement = Statement::new(
            "SELECT tenant_id, account_id FROM account_index WHERE connection_id = $1 AND provider_slug = $2 \
             AND deleted_at IS NULL",
        );
        let rows = self.database.read(statement.bind(connection.0).bind(provider)).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let names = rows.iter().map(|row| row.get(1)).collect::<Result<_, _>>()?;
        Ok(Some((TenantId(first.get(0)?), names)))
    }

    /// All that the account of a connection is called; of a deleted one, all but its id.
    ///
    /// # Errors
    /// If the database does.
    pub async fn names_of(&self, provider: &str, connection: ConnectionId) -> Result<Vec<String>, StoreError> {
        let statement =
            Statement::new("SELECT account_id FROM account_index WHERE connection_id = $1 AND provider_slug = $2");
        let rows = self.database.read(statement.bind(connection.0).bind(provider)).await?;
        rows.iter().map(|row| row.get(0)).collect()
    }
}

impl TenantStore<'_> {
    /// The tenant's connection to an account that is called so, and whether it is deleted. A live one goes before a deleted one.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connection_called(
        &self,
        provider: &str,
        names: &[String],
    ) -> Result<Option<(ConnectionId, bool)>, StoreError> {
        let mut deleted = None;
        for name in names {
            let statement = Statement::new(
                "SELECT connection_id, deleted_at IS NOT NULL FROM account_index \
                 WHERE provider_slug = $1 AND account_id = $2 AND tenant_id = $3 \
                 ORDER BY deleted_at IS NOT NULL, connection_id LIMIT 1",
            );
            let row = self.database.read_one(statement.bind(provider).bind(name).bind(self.tenant.0)).await?;
            let Some(row) = row else { continue };
            let found: (ConnectionId, bool) = (ConnectionId(row.get(0)?), row.get(1)?);
            if !found.1 {
                return Ok(Some(found));
            }
            deleted = Some(found);
        }
        Ok(deleted)
    }
}

/// Of a connection, and what kind of name: subscriptions come and go without the others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) provider: &'a str,
    pub(super) tenant: Uuid,
    pub(super) connection: Uuid,
    pub(super) of_subscriptions: bool,
}

/// Makes these the names of a connection's account.
pub(super) async fn name(
    transaction: &mut Transaction,
    of: Names<'_>,
    names: impl Iterator<Item = &str>,
) -> Result<(), StoreError> {
    let outdated = if of.of_subscriptions {
        "DELETE FROM account_index WHERE connection_id = $1 AND provider_slug = $2 AND account_id LIKE 'subscription:%'"
    } else {
        "DELETE FROM account_index \
         WHERE connection_id = $1 AND provider_slug = $2 AND account_id NOT LIKE 'subscription:%'"
    };
    transaction.write(Statement::new(outdated).bind(of.connection).bind(of.provider)).await?;
    for name in names {
        let route = Statement::new(
            "INSERT INTO account_index (provider_slug, account_id, tenant_id, connection_id) VALUES ($1, $2, $3, $4) \
             ON CONFLICT DO NOTHING",
        );
        transaction.write(route.bind(of.provider).bind(name).bind(of.tenant).bind(of.connection)).await?;
    }
    Ok(())
}

/// Takes a deleted connection out of the index. What its account was called besides stays known.
pub(super) async fn forget(
    transaction: &mut Transaction,
    of: Names<'_>,
    account: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let unroute = Statement::new(
        "DELETE FROM account_index \
         WHERE provider_slug = $1 AND account_id = $2 AND tenant_id = $3 AND connection_id = $4",
    );
    transaction.write(unroute.bind(of.provider).bind(account).bind(of.tenant).bind(of.connection)).await?;
    let mark =
        Statement::new("UPDATE account_index SET deleted_at = $1 WHERE connection_id = $2 AND provider_slug = $3");
    transaction.write(mark.bind(now).bind(of.connection).bind(of.provider)).await.map(drop)
}
