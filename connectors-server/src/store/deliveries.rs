//! Accepted deliveries: their signals, and the keys by which their repeats are known.

use std::time::Duration;

use uuid::Uuid;

use super::{
    StoreError, TenantStore,
    database::{Engine, Statement, Transaction},
};
use crate::model::{ConnectionId, SignalDraft, Timestamp};

/// How long an accepted delivery is remembered. GitHub offers redelivery for 30 days.
const REMEMBERED: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// Expired keys that a delivery cleans up at most, so that no request pays for a long silence.
const CLEANED_AT_ONCE: i64 = 200;

/// A delivery to store.
#[derive(Debug)]
pub struct NewDelivery<'a> {
    /// The provider's slug.
    pub provider: &'a str,
    /// Hashes of what marks a repeat: the provider's id, the body.
    pub keys: &'a [[u8; 32]],
    /// Hashes of the changes that it tells of.
    pub told: &'a [[u8; 32]],
    /// The hash under which a fetch has stored the same signal, if it has.
    pub fetched: Option<[u8; 32]>,
    /// The connection that it belongs to.
    pub connection_id: Option<ConnectionId>,
    /// When it came in.
    pub received_at: Timestamp,
    /// The body's JSON.
    pub payload: &'a str,
    /// What it becomes.
    pub signals: &'a [NewSignal<'a>],
}

/// A signal to store.
#[derive(Debug, Clone, Copy)]
pub struct NewSignal<'a> {
    /// Its id.
    pub id: Uuid,
    /// What happened.
    pub draft: &'a SignalDraft,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It was stored and synced to disk.
    Accepted,
    /// It was stored before; nothing changed.
    Duplicate,
    /// Its connection was deleted meanwhile; nothing changed.
    ConnectionGone,
}

impl TenantStore<'_> {
    /// Stores a delivery's signals, all or none, unless one of its keys is known.
    ///
    /// # Errors
    /// If the database does; then nothing was stored.
    pub async fn store_delivery(&self, delivery: &NewDelivery<'_>) -> Result<Stored, StoreError> {
        let (tenant, received_at) = (self.tenant.0, delivery.received_at);
        let mut transaction = self.database.begin().await?;
        if let Some(id) = delivery.connection_id
            && !lives(&mut transaction, tenant, id).await?
        {
            return Ok(Stored::ConnectionGone);
        }
        if let Some(key) = &delivery.fetched
            && is_known(&mut transaction, tenant, delivery.provider, key).await?
        {
            transaction.rollback().await?;
            return Ok(Stored::Duplicate);
        }
        for key in delivery.told {
            remember(&mut transaction, tenant, delivery.provider, key, received_at).await?;
        }
        for key in delivery.keys {
            if !remember(&mut transaction, tenant, delivery.provider, key, received_at).await? {
                transaction.rollback().await?;
                return Ok(Stored::Duplicate);
            }
        }
        let origin = Origin { tenant, provider: delivery.provider, connection_id: delivery.connection_id, received_at };
        for signal in delivery.signals {
            origin.insert(&mut transaction, signal, delivery.payload).await?;
        }
        let forget = Statement::new(
            "DELETE FROM delivery_keys WHERE tenant_id = $1 AND (provider_slug, key) IN (SELECT provider_slug, key \
             FROM delivery_keys WHERE tenant_id = $1 AND received_at < $2 LIMIT $3",
        )
        // Two that clean up at once don't wait for each other.
        .only(Engine::Postgres, " FOR UPDATE SKIP LOCKED")
        .text(")")
        .bind(tenant)
        .bind(received_at.before(REMEMBERED))
        .bind(CLEANED_AT_ONCE);
        transaction.write(forget).await?;
        transaction.commit().await?;
        Ok(Stored::Accepted)
    }
}

/// Remembers the key of a delivery or a change; false if it is known.
pub(super) async fn remember(
    transaction: &mut Transaction,
    tenant: Uuid,
    provider: &str,
    key: &[u8; 32],
    received_at: Timestamp,
) -> Result<bool, StoreError> {
    let insert = Statement::new(
        "INSERT INTO delivery_keys (tenant_id, provider_slug, key, received_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    );
    let insert = insert.bind(tenant).bind(provider).bind(&key[..]).bind(received_at);
    Ok(transaction.write(insert).await? == 1)
}

/// Whether the key of a delivery or a change is known.
pub(super) async fn is_known(
    transaction: &mut Transaction,
    tenant: Uuid,
    provider: &str,
    key: &[u8; 32],
) -> Result<bool, StoreError> {
    let known = Statement::new("SELECT 1 FROM delivery_keys WHERE tenant_id = $1 AND provider_slug = $2 AND key = $3");
    Ok(transaction.write_one(known.bind(tenant).bind(provider).bind(&key[..])).await?.is_some())
}

/// Where a signal comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    pub(super) tenant: Uuid,
    pub(super) provider: &'a str,
    pub(super) connection_id: Option<ConnectionId>,
    pub(super) received_at: Timestamp,
}

impl Origin<'_> {
    pub(super) async fn insert(
        &self,
        transaction: &mut Transaction,
        NewSignal { id, draft }: &NewSignal<'_>,
        payload: &str,
    ) -> Result<(), StoreError> {
        let (actor, source) = (draft.actor.as_ref(), draft.source.as_ref());
        let insert = Statement::new(
            "INSERT INTO signals (tenant_id, id, provider_slug, connection_id, kind, occurred_at, received_at, \
             title, url, actor_id, actor_name, actor_url, source_id, source_name, source_url, payload) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        )
        .bind(self.tenant)
        .bind(*id)
        .bind(self.provider)
        .bind(self.connection_id.map(|id| id.0))
        .bind(draft.kind.as_str())
        .bind(draft.occurred_at.unwrap_or(self.received_at))
        .bind(self.received_at)
        .bind(&draft.title)
        .bind(draft.url.as_deref())
        .bind(actor.map(|actor| actor.id.as_str()))
        .bind(actor.map(|actor| actor.name.as_str()))
        .bind(actor.and_then(|actor| actor.url.as_deref()))
        .bind(source.map(|source| source.id.as_str()))
        .bind(source.map(|source| source.name.as_str()))
        .bind(source.and_then(|source| source.url.as_deref()))
        .bind(payload);
        transaction.write(insert).await.map(drop)
    }
}

/// Whether a connection lives; it lives until the transaction ends.
pub(super) async fn lives(transaction: &mut Transaction, tenant: Uuid, id: ConnectionId) -> Result<bool, StoreError> {
    let lives = Statement::new("SELECT 1 FROM connections WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL")
        // In SQLite nothing else writes meanwhile.
        .only(Engine::Postgres, " FOR SHARE");
    Ok(transaction.write_one(lives.bind(tenant).bind(id.0)).await?.is_some())
}
