//! Listing and showing signals.

use super::{Error, Page, Service};
use crate::{
    model::{Signal, SignalId, TenantId},
    store::{SignalFilter, SignalPosition},
};

impl Service {
    /// A page of the tenant's signals, newest first.
    ///
    /// # Errors
    /// If the store does.
    pub async fn signals(
        &self,
        tenant: TenantId,
        filter: &SignalFilter,
        after: Option<SignalPosition>,
        limit: u32,
        with_payload: bool,
    ) -> Result<Page<Signal, SignalPosition>, Error> {
        let (items, more) = self.store.tenant(tenant).signals(filter, after, limit, with_payload).await?;
        let last = items.last().filter(|_| more);
        let next = last.map(|row| SignalPosition { occurred_at: row.occurred_at, id: row.id.0 });
        Ok(Page { items, next })
    }

    /// One of the tenant's signals, with its payload.
    ///
    /// # Errors
    /// `SignalNotFound`, for another tenant's too.
    pub async fn signal(&self, tenant: TenantId, id: SignalId) -> Result<Signal, Error> {
        self.store.tenant(tenant).signal(id).await?.ok_or(Error::SignalNotFound)
    }
}
