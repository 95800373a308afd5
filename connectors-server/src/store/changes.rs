//! What was fetched from a provider.

use super::{
    StoreError, TenantStore,
    database::Statement,
    deliveries::{self, NewSignal, Origin},
    upkeep::{Due, Outcome},
};
use crate::model::Timestamp;

/// A change that was fetched.
#[derive(Debug)]
pub struct NewChange<'a> {
    /// The hash of the object and its version.
    pub key: [u8; 32],
    /// The hash under which a delivery has told of it, if one has.
    pub told: [u8; 32],
    /// What it becomes.
    pub signal: NewSignal<'a>,
    /// The provider's own words.
    pub payload: &'a str,
}

impl TenantStore<'_> {
    /// Stores the changes that are not known yet, where the next page begins, and when the fetch is due again: all or nothing. How
    /// many signals were stored; `None` if the connection is gone, or another replica is at it.
    ///
    /// # Errors
    /// If the database does; then nothing changed.
    pub async fn store_changes(
        &self,
        due: &Due,
        changes: &[NewChange<'_>],
        position: &str,
        outcome: Outcome,
        received_at: Timestamp,
    ) -> Result<Option<u32>, StoreError> {
        let (tenant, mut transaction) = (self.tenant.0, self.database.begin().await?);
        if !deliveries::lives(&mut transaction, tenant, due.connection).await?
            || !due.settle(&mut transaction, outcome).await?
        {
            transaction.rollback().await?;
            return Ok(None);
        }
        let go_on = Statement::new(
            "UPDATE upkeep SET position = $1 WHERE tenant_id = $2 AND connection_id = $3 AND task = 'fetch'",
        );
        transaction.write(go_on.bind(position).bind(tenant).bind(due.connection.0)).await?;
        let origin = Origin { tenant, provider: &due.provider, connection_id: Some(due.connection), received_at };
        let mut stored = 0;
        for NewChange { key, told, signal, payload } in changes {
            if !deliveries::is_known(&mut transaction, tenant, &due.provider, told).await?
                && deliveries::remember(&mut transaction, tenant, &due.provider, key, received_at).await?
            {
                origin.insert(&mut transaction, signal, payload).await?;
                stored += 1;
            }
        }
        transaction.commit().await?;
        Ok(Some(stored))
    }
}
