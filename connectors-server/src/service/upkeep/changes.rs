//! What has changed at a provider: read page by page, each stored with the place where the next one begins.

use super::{Call, LEASE, Setback};
use crate::{
    crypto::sha256,
    model::{Connection, ConnectionId},
    provider::Fetched,
    service::Service,
    store::{Due, NewChange, NewSignal, Outcome},
};

impl Service {
    pub(super) async fn fetch(&self, due: &Due, call: &Call<'_>, connection: &Connection) -> Result<(), Setback> {
        let Some(fetcher) = call.provider.fetcher() else { return self.settle(due, Outcome::Done(None)).await };
        let mut position = due.position.clone();
        loop {
            let fetched: Fetched = self
                .called(call, connection, |session| {
                    let position = position.clone();
                    Box::pin(async move { fetcher.fetch(session, position.as_deref()).await })
                })
                .await?;
            let now = self.clock.now();
            let outcome = if fetched.more {
                Outcome::GoesOn(now.after(LEASE))
            } else {
                Outcome::Done(Some(now.after(fetcher.interval())))
            };
            let changes: Vec<NewChange<'_>> = fetched
                .changes
                .iter()
                .map(|change| NewChange {
                    key: change_key("change", due.connection, &change.key),
                    told: change_key("told", due.connection, &change.key),
                    signal: NewSignal { id: self.ids.next(now), draft: &change.draft },
                    payload: change.payload.get(),
                })
                .collect();
            let rows = self.store.tenant(due.tenant);
            let stored = rows.store_changes(due, &changes, &fetched.cursor, outcome, now).await?;
            let stored = stored.ok_or(Setback::Over)?;
            if stored > 0 {
                tracing::info!(provider = due.provider, connection_id = %due.connection, signals = stored, "fetched");
            }
            if !fetched.more {
                return Ok(());
            }
            position = Some(fetched.cursor);
        }
    }
}

/// By which a change is known: as one that was fetched, or as one that a delivery has told of.
pub(in crate::service) fn change_key(how: &str, connection: ConnectionId, version: &str) -> [u8; 32] {
    sha256(&[how.as_bytes(), b"\0", connection.0.as_bytes(), version.as_bytes()])
}
