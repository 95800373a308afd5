//! What the service has subscribed at providers for a connection.

use super::{
    StoreError, TenantStore,
    accounts::{self, Names},
    database::{Row, Statement, Transaction},
    upkeep::{self, Due, Outcome},
};
use crate::model::{ConnectionId, Timestamp};

/// A subscription, with its secret sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// The provider's id.
    pub id: String,
    /// What the provider needs besides.
    pub resource: String,
    /// The secret, sealed.
    pub sealed_secret: Option<Vec<u8>>,
    /// When it runs out.
    pub expires_at: Option<Timestamp>,
}

impl TenantStore<'_> {
    /// The subscriptions of a connection.
    ///
    /// # Errors
    /// If the database does.
    pub async fn subscriptions(&self, connection: ConnectionId) -> Result<Vec<SubscriptionRow>, StoreError> {
        let statement = Statement::new(
            "SELECT id, resource, sealed_secret, expires_at FROM subscriptions \
             WHERE tenant_id = $1 AND connection_id = $2 ORDER BY id",
        );
        let rows = self.database.read(statement.bind(self.tenant.0).bind(connection.0)).await?;
        rows.iter().map(subscription).collect()
    }

    /// Makes these the subscriptions of a connection, and says when they are due again, all at once; a fetch is due too. False if the connection is
    /// gone, or another replica is at it.
    ///
    /// # Errors
    /// If the database does; then nothing changed.
    pub async fn save_subscriptions(
        &self,
        due: &Due,
        subscriptions: &[SubscriptionRow],
        names: &[String],
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (tenant, connection) = (self.tenant.0, due.connection.0);
        let mut transaction = self.database.begin().await?;
        if !due.settle(&mut transaction, outcome).await? {
            transaction.rollback().await?;
            return Ok(false);
        }
        erase(&mut transaction, tenant, connection).await?;
        for row in subscriptions {
            let keep = Statement::new(
                "INSERT INTO subscriptions (tenant_id, connection_id, id, resource, sealed_secret, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(tenant)
            .bind(connection)
            .bind(&row.id)
            .bind(&row.resource)
            .bind(row.sealed_secret.as_deref())
            .bind(row.expires_at);
            transaction.write(keep).await?;
        }
        // What rang before this was stored was not believed.
        upkeep::ring_in(&mut transaction, tenant, connection, now).await?;
        let of = Names { provider: &due.provider, tenant, connection, of_subscriptions: true };
        accounts::name(&mut transaction, of, names.iter().map(String::as_str)).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Removes a connection's subscriptions; those that there were.
pub(super) async fn erase(
    transaction: &mut Transaction,
    tenant: uuid::Uuid,
    connection: uuid::Uuid,
) -> Result<Vec<SubscriptionRow>, StoreError> {
    let erase = Statement::new(
        "DELETE FROM subscriptions WHERE tenant_id = $1 AND connection_id = $2 \
         RETURNING id, resource, sealed_secret, expires_at",
    );
    let rows = transaction.write_rows(erase.bind(tenant).bind(connection)).await?;
    rows.iter().map(subscription).collect()
}

fn subscription(row: &Row) -> Result<SubscriptionRow, StoreError> {
    Ok(SubscriptionRow {
        id: row.get(0)?,
        resource: row.get(1)?,
        sealed_secret: row.get(2)?,
        expires_at: row.get::<Option<i64>>(3)?.map(Timestamp::from_micros),
    })
}
