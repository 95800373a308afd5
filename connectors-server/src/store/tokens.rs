//! The sealed tokens of a connection.
//!
//! They are refreshed by one replica at a time, which holds a lease on the row meanwhile. What it saves counts only if the
//! row's version is still the one that it began with: the user may have connected again, or the lease may have run out.

use uuid::Uuid;

use super::{StoreError, TenantStore, database::Statement};
use crate::model::{ConnectionId, ConnectionStatus, Timestamp};

/// Sealed tokens.
#[derive(Debug)]
pub struct TokenRow {
    /// The tokens, sealed.
    pub sealed: Vec<u8>,
    /// Changes with the tokens.
    pub version: i64,
}

/// A lease on the tokens of a connection, under which they are refreshed.
#[derive(Debug, Clone, Copy)]
pub struct TokenLease {
    /// The connection.
    pub connection: ConnectionId,
    /// The version of the tokens that are refreshed.
    pub version: i64,
    /// Names the lease.
    pub id: Uuid,
}

impl TenantStore<'_> {
    /// The sealed tokens of a connection.
    ///
    /// # Errors
    /// If the database does.
    pub async fn sealed_tokens(&self, connection: ConnectionId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tokens(connection).await?.map(|row| row.sealed))
    }

    /// The sealed tokens of a connection with their version.
    ///
    /// # Errors
    /// If the database does.
    pub async fn tokens(&self, connection: ConnectionId) -> Result<Option<TokenRow>, StoreError> {
        let statement =
            Statement::new("SELECT sealed, version FROM connection_tokens WHERE tenant_id = $1 AND connection_id = $2");
        let row = self.database.read_one(statement.bind(self.tenant.0).bind(connection.0)).await?;
        row.map(|row| Ok(TokenRow { sealed: row.get(0)?, version: row.get(1)? })).transpose()
    }

    /// Takes the lease, in one statement; false if another holds it, or the tokens have changed.
    ///
    /// # Errors
    /// If the database does.
    pub async fn lease_tokens(&self, lease: TokenLease, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let take = Statement::new(
            "UPDATE connection_tokens SET lease_id = $1, lease_expires_at = $2 \
             WHERE tenant_id = $3 AND connection_id = $4 AND version = $5 \
             AND (lease_expires_at IS NULL OR lease_expires_at <= $6)",
        )
        .bind(lease.id)
        .bind(until)
        .bind(self.tenant.0)
        .bind(lease.connection.0)
        .bind(lease.version)
        .bind(now);
        Ok(self.database.write(take).await? == 1)
    }

    /// Gives the lease up; nothing was refreshed.
    ///
    /// # Errors
    /// If the database does; then the lease runs out by itself.
    pub async fn release_tokens(&self, lease: TokenLease) -> Result<(), StoreError> {
        let release = Statement::new(
            "UPDATE connection_tokens SET lease_id = NULL, lease_expires_at = NULL \
             WHERE tenant_id = $1 AND connection_id = $2 AND lease_id = $3",
        );
        self.database.write(release.bind(self.tenant.0).bind(lease.connection.0).bind(lease.id)).await.map(drop)
    }

    /// Saves refreshed tokens and gives the lease up, all at once; false if they are not the connection's any more: the user has
    /// connected again, or it is deleted.
    ///
    /// # Errors
    /// If the database does; then nothing changed.
    pub async fn save_tokens(
        &self,
        lease: TokenLease,
        sealed: &[u8],
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (tenant, mut transaction) = (self.tenant.0, self.database.begin().await?);
        // The connection first, as everywhere else: two that take rows in different orders wait for each other.
        let show = Statement::new(
            "UPDATE connections SET expires_at = $1, updated_at = $2 \
             WHERE tenant_id = $3 AND id = $4 AND deleted_at IS NULL",
        );
        let show = show.bind(expires_at).bind(now).bind(tenant).bind(lease.connection.0);
        let save = Statement::new(
            "UPDATE connection_tokens SET sealed = $1, version = version + 1, updated_at = $2, lease_id = NULL, \
             lease_expires_at = NULL WHERE tenant_id = $3 AND connection_id = $4 AND version = $5",
        )
        .bind(sealed)
        .bind(now)
        .bind(tenant)
        .bind(lease.connection.0)
        .bind(lease.version);
        if transaction.write(show).await? == 0 || transaction.write(save).await? == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    /// Stops a connection whose tokens are good for nothing any more, unless they have changed: it shows the error, and nothing
    /// is done for it until the user connects again. False if they have changed.
    ///
    /// # Errors
    /// If the database does; then nothing changed.
    pub async fn stop_connection(
        &self,
        connection: ConnectionId,
        version: i64,
        last_error: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (tenant, mut transaction) = (self.tenant.0, self.database.begin().await?);
        let show = Statement::new(
            "UPDATE connections SET status = $1, last_error = $2, updated_at = $3 \
             WHERE tenant_id = $4 AND id = $5 AND deleted_at IS NULL AND status = $6",
        )
        .bind(ConnectionStatus::Error.as_str())
        .bind(last_error)
        .bind(now)
        .bind(tenant)
        .bind(connection.0)
        .bind(ConnectionStatus::Active.as_str());
        let shown = transaction.write(show).await? == 1;
        let unchanged = Statement::new(
            "UPDATE connection_tokens SET lease_id = NULL, lease_expires_at = NULL \
             WHERE tenant_id = $1 AND connection_id = $2 AND version = $3",
        );
        let unchanged = transaction.write(unchanged.bind(tenant).bind(connection.0).bind(version)).await? == 1;
        if !shown || !unchanged {
            transaction.rollback().await?;
            return Ok(false);
        }
        let rest = Statement::new("UPDATE upkeep SET due_at = NULL WHERE tenant_id = $1 AND connection_id = $2");
        transaction.write(rest.bind(tenant).bind(connection.0)).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
