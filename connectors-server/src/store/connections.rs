//! A tenant's connections.

use sqlx::{Row, Sqlite, Transaction, sqlite::SqliteRow};
use uuid::Uuid;

use super::{
    StoreError, TenantStore,
    statement::{Statement, Value},
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
    pub account: String,
    /// The tokens, sealed; erased from the database.
    pub sealed_tokens: Option<Vec<u8>>,
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
        let mut statement = Statement::new(COLUMNS)
            .and(" AND tenant_id = ?", [Value::Uuid(self.tenant.0)])
            .and_if(" AND provider_slug = ?", filter.provider.clone().map(Value::Text))
            .and_if(" AND status = ?", filter.status.map(|status| Value::Text(status.to_string())));
        if let Some(after) = after {
            let position = [Value::Integer(after.created_at.as_micros()), Value::Uuid(after.id)];
            statement = statement.and(" AND (created_at, id) > (?, ?)", position);
        }
        let statement =
            statement.text(" ORDER BY created_at, id").and(" LIMIT ?", [Value::Integer(i64::from(limit) + 1)]);
        let rows = statement.query().fetch_all(&self.store.reader).await?;
        let more = rows.len() > limit as usize;
        let connections = rows.iter().take(limit as usize).map(connection).collect::<Result<_, _>>()?;
        Ok((connections, more))
    }

    /// The connection with this id, if the tenant has it.
    ///
    /// # Errors
    /// If the database does.
    pub async fn connection(&self, id: ConnectionId) -> Result<Option<Connection>, StoreError> {
        let statement = Statement::new(COLUMNS)
            .and(" AND tenant_id = ? AND id = ?", [Value::Uuid(self.tenant.0), Value::Uuid(id.0)]);
        statement.query().fetch_optional(&self.store.reader).await?.as_ref().map(connection).transpose()
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
        let mut transaction = self.store.begin().await?;
        let deleted = sqlx::query(
            "UPDATE connections SET deleted_at = $1, updated_at = $1, account_name = '', account_url = NULL, \
             metadata = '{}', last_error = NULL \
             WHERE tenant_id = $2 AND id = $3 AND deleted_at IS NULL RETURNING provider_slug, account_id",
        )
        .bind(now.as_micros())
        .bind(self.tenant.0)
        .bind(id.0)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(deleted) = deleted else { return Ok(None) };
        let (provider, account): (String, String) = (deleted.try_get(0)?, deleted.try_get(1)?);
        let sealed_tokens = sqlx::query_scalar(
            "DELETE FROM connection_tokens WHERE tenant_id = $1 AND connection_id = $2 RETURNING sealed",
        )
        .bind(self.tenant.0)
        .bind(id.0)
        .fetch_optional(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM account_index \
             WHERE provider_slug = $1 AND account_id = $2 AND tenant_id = $3 AND connection_id = $4",
        )
        .bind(&provider)
        .bind(&account)
        .bind(self.tenant.0)
        .bind(id.0)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(DeletedConnection { provider, account, sealed_tokens }))
    }

    /// Marks a connection as revoked, unless it has changed since it was read: it may have been healed meanwhile.
    ///
    /// # Errors
    /// If the database does.
    pub async fn revoke_connection(&self, read: &Connection, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE connections SET status = $1, updated_at = $2 \
             WHERE tenant_id = $3 AND id = $4 AND updated_at = $5 AND deleted_at IS NULL",
        )
        .bind(ConnectionStatus::Revoked.as_str())
        .bind(now.as_micros())
        .bind(self.tenant.0)
        .bind(read.id.0)
        .bind(read.updated_at.as_micros())
        .execute(&self.store.writer)
        .await?;
        Ok(())
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
        let row = sqlx::query(
            "SELECT id, deleted_at IS NOT NULL FROM connections \
             WHERE tenant_id = $1 AND provider_slug = $2 AND account_id = $3 \
             ORDER BY deleted_at IS NOT NULL LIMIT 1",
        )
        .bind(self.tenant.0)
        .bind(provider)
        .bind(account)
        .fetch_optional(&self.store.reader)
        .await?;
        row.map(|row| Ok((ConnectionId(row.try_get(0)?), row.try_get(1)?))).transpose()
    }
}

/// Adds the connection, or refreshes the one that there is to its account. Returns its id and the sealed tokens that it had.
pub(super) async fn upsert(
    transaction: &mut Transaction<'static, Sqlite>,
    tenant: Uuid,
    connection: &Connection,
    seal: impl FnOnce(ConnectionId) -> Vec<u8>,
) -> Result<(ConnectionId, Option<Vec<u8>>), StoreError> {
    let (account, now) = (&connection.external_account, connection.updated_at.as_micros());
    let id: Uuid = sqlx::query_scalar(
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
    .bind(&account.url)
    .bind(to_json(&connection.scopes))
    .bind(to_json(&connection.metadata))
    .bind(now)
    .bind(connection.expires_at.map(Timestamp::as_micros))
    .fetch_one(&mut **transaction)
    .await?;
    let replaced =
        sqlx::query_scalar("SELECT sealed FROM connection_tokens WHERE tenant_id = $1 AND connection_id = $2")
            .bind(tenant)
            .bind(id)
            .fetch_optional(&mut **transaction)
            .await?;
    sqlx::query(
        "INSERT INTO connection_tokens (tenant_id, connection_id, sealed, version, updated_at) \
         VALUES ($1, $2, $3, 1, $4) ON CONFLICT (tenant_id, connection_id) DO UPDATE SET \
         sealed = excluded.sealed, version = connection_tokens.version + 1, updated_at = excluded.updated_at",
    )
    .bind(tenant)
    .bind(id)
    .bind(seal(ConnectionId(id)))
    .bind(now)
    .execute(&mut **transaction)
    .await?;
    sqlx::query(
        "INSERT INTO account_index (provider_slug, account_id, tenant_id, connection_id) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(&connection.provider)
    .bind(&account.id)
    .bind(tenant)
    .bind(id)
    .execute(&mut **transaction)
    .await?;
    Ok((ConnectionId(id), replaced))
}

fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| unreachable!("strings and maps are JSON"))
}

fn connection(row: &SqliteRow) -> Result<Connection, StoreError> {
    let damaged = || StoreError::Damaged { table: "connections" };
    let (status, scopes, metadata): (String, String, String) = (row.try_get(2)?, row.try_get(6)?, row.try_get(7)?);
    Ok(Connection {
        id: ConnectionId(row.try_get(0)?),
        provider: row.try_get(1)?,
        status: status.parse().map_err(|()| damaged())?,
        external_account: ExternalAccount { id: row.try_get(3)?, name: row.try_get(4)?, url: row.try_get(5)? },
        scopes: serde_json::from_str(&scopes).map_err(|_| damaged())?,
        metadata: serde_json::from_str(&metadata).map_err(|_| damaged())?,
        created_at: Timestamp::from_micros(row.try_get(8)?),
        updated_at: Timestamp::from_micros(row.try_get(9)?),
        expires_at: row.try_get::<Option<i64>, _>(10)?.map(Timestamp::from_micros),
        last_error: row.try_get(11)?,
    })
}
