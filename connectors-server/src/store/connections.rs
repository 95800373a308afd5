//! A tenant's connections.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    StoreError, TenantStore,
    accounts::{self, Names},
    database::{Engine, Row, Statement, Transaction},
    subscriptions::{self, SubscriptionRow},
    upkeep::{self, Task},
};
use crate::model::{Connection, ConnectionId, ConnectionStatus, ExternalAccount, Timestamp};

const COLUMNS: &str = "SELECT id, provider_slug, status, account_id, account_name, account_url, scopes, metadata, \
                       created_at, updated_at, expires_at, last_error FROM connections WHERE deleted_at IS NULL";

/// Which connections to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectionFilter {
    /// Only those to this provider.
    pub provider: Option<String>,
    /// Only those with this status.
    pub status: Option<ConnectionStatus>,
}

/// Where a page of connections begins: after this row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionPosition {
    /// The row's `created_at`.
    pub created_at: Timestamp,
    /// The row's id.
    pub id: Uuid,
}

/// A connection that was just deleted.
#[derive(Debug)]
pub struct DeletedConnection {
    /// The provider's slug.
    pub provider: String,
    /// The account that was connected.
    pub account: ExternalAccount,
    /// What the provider said of the account.
    pub metadata: Map<String, Value>,
    /// The tokens, sealed; erased from the database.
    pub sealed_tokens: Option<Vec<u8>>,
    /// What was subscribed for it; erased too.
    pub subscriptions: Vec<SubscriptionRow>,
}

impl TenantStore<'_> {
    /// Connections, oldest first, and whether more follow.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connections(
        &self,
        filter: &ConnectionFilter,
        after: Option<ConnectionPosition>,
        limit: u32,
    ) -> Result<(Vec<Connection>, bool), StoreError> {
        let rows = self.database.read(self.page_of_connections(filter, after, limit)).await?;
        let more = rows.len() > limit as usize;
        let connections = rows.iter().take(limit as usize).map(connection).collect::<Result<_, _>>()?;
        Ok((connections, more))
    }

    pub(super) fn page_of_connections<'f>(
        &self,
        filter: &'f ConnectionFilter,
        after: Option<ConnectionPosition>,
        limit: u32,
    ) -> Statement<'f> {
        let mut statement = Statement::new(COLUMNS)
            .and(" AND tenant_id = ?", [self.tenant.0.into()])
            .and_if(" AND provider_slug = ?", filter.provider.as_deref())
            .and_if(" AND status = ?", filter.status.map(ConnectionStatus::as_str));
        if let Some(after) = after {
            statement = statement.and(" AND (created_at, id) > (?, ?)", [after.created_at.into(), after.id.into()]);
        }
        statement.text(" ORDER BY created_at, id").and(" LIMIT ?", [(i64::from(limit) + 1).into()])
    }

    /// The connection with this id, if the tenant has it.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connection(&self, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        let statement =
            Statement::new(COLUMNS).and(" AND tenant_id = ? AND id = ?", [self.tenant.0.into(), id.0.into()]);
        self.database.read_one(statement).await?.as_ref().map(connection).transpose()
    }

    /// Deletes a connection, its tokens included. Its signals stay.
    ///
    /// # Errors
    /// If the database does.
    pub async fn delete_connection(
        &self,
        id: ConnectionId,
        now: Timestamp,
    ) -> Result<Option<DeletedConnection>, StoreError> {
        let (tenant, mut transaction) = (self.tenant.0, self.database.begin().await?);
        let read = Statement::new(COLUMNS)
            .and(" AND tenant_id = ? AND id = ?", [tenant.into(), id.0.into()])
            .only(Engine::Postgres, " FOR UPDATE");
        let Some(row) = transaction.write_one(read).await? else { return Ok(None) };
        let Connection { provider, external_account, metadata, .. } = connection(&row)?;
        let delete = Statement::new(
            "UPDATE connections SET deleted_at = $1, updated_at = $1, account_name = '', account_url = NULL, \
             metadata = '{}', last_error = NULL \
             WHERE tenant_id = $2 AND id = $3",
        );
        transaction.write(delete.bind(now).bind(tenant).bind(id.0)).await?;
        let erase = Statement::new(
            "DELETE FROM connection_tokens WHERE tenant_id = $1 AND connection_id = $2 RETURNING sealed",
        );
        let sealed_tokens = transaction.write_one(erase.bind(tenant).bind(id.0)).await?;
        let sealed_tokens = sealed_tokens.map(|row| row.get(0)).transpose()?;
        let of = Names { provider: &provider, tenant, connection: id.0, of_subscriptions: false };
        accounts::forget(&mut transaction, of, &external_account.id, now).await?;
        let subscriptions = subscriptions::erase(&mut transaction, tenant, id.0).await?;
        upkeep::unschedule(&mut transaction, tenant, id.0).await?;
        transaction.commit().await?;
        Ok(Some(DeletedConnection { provider, account: external_account, metadata, sealed_tokens, subscriptions }))
    }

    /// Marks a connection as revoked, unless it has changed since it was read: it may have been healed meanwhile.
    ///
    /// # Errors
    /// If the database does.
    pub async fn revoke_connection(&self, read: &Connection, now: Timestamp) -> Result<(), StoreError> {
        let revoke = Statement::new(
            "UPDATE connections SET status = $1, updated_at = $2 \
             WHERE tenant_id = $3 AND id = $4 AND updated_at = $5 AND deleted_at IS NULL",
        )
        .bind(ConnectionStatus::Revoked.as_str())
        .bind(now)
        .bind(self.tenant.0)
        .bind(read.id.0)
        .bind(read.updated_at);
        let mut transaction = self.database.begin().await?;
        if transaction.write(revoke).await? == 1 {
            let rest = Statement::new("UPDATE upkeep SET due_at = NULL WHERE tenant_id = $1 AND connection_id = $2");
            transaction.write(rest.bind(self.tenant.0).bind(read.id.0)).await?;
        }
        transaction.commit().await
    }

    /// The connection to an account, and whether it is deleted. A live one goes before a deleted one.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connection_to(
        &self,
        provider: &str,
        account: &str,
    ) -> Result<Option<(ConnectionId, bool)>, StoreError> {
        let statement = Statement::new(
            "SELECT id, deleted_at IS NOT NULL FROM connections \
             WHERE tenant_id = $1 AND provider_slug = $2 AND account_id = $3 \
             ORDER BY deleted_at IS NOT NULL LIMIT 1",
        );
        let row = self.database.read_one(statement.bind(self.tenant.0).bind(provider).bind(account)).await?;
        row.map(|row| Ok((ConnectionId(row.get(0)?), row.get(1)?))).transpose()
    }
}

/// Adds the connection, or refreshes the one that there is to its account. Returns its id and the sealed tokens that it had.
pub(super) async fn upsert(
    transaction: &mut Transaction,
    tenant: Uuid,
    connection: &Connection,
    names: &[String],
    tasks: &[(Task, Timestamp)],
    seal: impl FnOnce(ConnectionId) -> Vec<u8>,
) -> Result<(ConnectionId, Option<Vec<u8>>), StoreError> {
    let (account, now) = (&connection.external_account, connection.updated_at);
    let upsert = Statement::new(
        "INSERT INTO connections (tenant_id, id, provider_slug, status, account_id, account_name, account_url, scopes, \
         metadata, created_at, updated_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) \
         ON CONFLICT (tenant_id, provider_slug, account_id) WHERE deleted_at IS NULL DO UPDATE SET \
         status = excluded.status, account_name = excluded.account_name, account_url = excluded.account_url, \
         scopes = excluded.scopes, metadata = excluded.metadata, updated_at = excluded.updated_at, \
         expires_at = excluded.expires_at, last_error = NULL RETURNING id",
    )
    .bind(tenant)
    .bind(connection.id.0)
    .bind(&connection.provider)
    .bind(connection.status.as_str())
    .bind(&account.id)
    .bind(&account.name)
    .bind(account.url.as_deref())
    .bind(to_json(&connection.scopes))
    .bind(to_json(&connection.metadata))
    .bind(now)
    .bind(connection.expires_at);
    let id: Uuid = transaction.write_one(upsert).await?.ok_or(StoreError::Damaged { table: "connections" })?.get(0)?;
    let replaced = Statement::new("SELECT sealed FROM connection_tokens WHERE tenant_id = $1 AND connection_id = $2");
    let replaced = transaction.write_one(replaced.bind(tenant).bind(id)).await?;
    let replaced = replaced.map(|row| row.get(0)).transpose()?;
    let keep = Statement::new(
        "INSERT INTO connection_tokens (tenant_id, connection_id, sealed, version, updated_at) \
         VALUES ($1, $2, $3, 1, $4) ON CONFLICT (tenant_id, connection_id) DO UPDATE SET \
         sealed = excluded.sealed, version = connection_tokens.version + 1, updated_at = excluded.updated_at, \
         lease_id = NULL, lease_expires_at = NULL",
    );
    transaction.write(keep.bind(tenant).bind(id).bind(seal(ConnectionId(id))).bind(now)).await?;
    let of = Names { provider: &connection.provider, tenant, connection: id, of_subscriptions: false };
    let names = std::iter::once(&account.id).chain(names).map(String::as_str);
    accounts::name(transaction, of, names).await?;
    upkeep::schedule(transaction, tenant, id, &connection.provider, tasks).await?;
    Ok((ConnectionId(id), replaced))
}

fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("strings and maps are JSON"))
}

fn connection(row: &Row) -> Result<Connection, StoreError> {
    let damaged = || StoreError::Damaged { table: "connections" };
    let (status, scopes, metadata): (String, String, String) = (row.get(2)?, row.get(6)?, row.get(7)?);
    Ok(Connection {
        id: ConnectionId(row.get(0)?),
        provider: row.get(1)?,
        status: status.parse().map_err(|()| damaged())?,
        external_account: ExternalAccount { id: row.get(3)?, name: row.get(4)?, url: row.get(5)? },
        scopes: serde_json::from_str(&scopes).map_err(|_| damaged())?,
        metadata: serde_json::from_str(&metadata).map_err(|_| damaged())?,
        created_at: Timestamp::from_micros(row.get(8)?),
        updated_at: Timestamp::from_micros(row.get(9)?),
        expires_at: row.get::<Option<i64>>(10)?.map(Timestamp::from_micros),
        last_error: row.get(11)?,
    })
}
