//! Taking deliveries in.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Error, Service};
use crate::{
    crypto::sha256,
    model::{ConnectionId, SignalDraft, TenantId, open_enum},
    provider::{Delivery, Event, Interpretation},
    store::{NewDelivery, NewSignal, Stored},
};

open_enum! {
    /// What became of a delivery.
    ReceiptStatus,
    "`accepted`: its signals are stored. `duplicate`: it was stored before. `ignored`: nothing is made of it. More values may be added.",
    example "accepted" {
        Accepted = "accepted",
        Duplicate = "duplicate",
        Ignored = "ignored",
    }
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookReceipt {
    /// What became of it.
    pub status: ReceiptStatus,
    /// How many signals were stored, over all tenants.
    #[schema(example = 1, minimum = 0)]
    pub signals: u32,
}

impl WebhookReceipt {
    const IGNORED: Self = Self { status: ReceiptStatus::Ignored, signals: 0 };
    const DUPLICATE: Self = Self { status: ReceiptStatus::Duplicate, signals: 0 };
}

/// By which way a delivery came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// To an app's single URL; signed with the app's secret.
    App,
    /// To a tenant's own URL; signed with the tenant's own secret, or the app's.
    Tenant(TenantId),
    /// Handed on by Core, which has shown its operator token.
    HandedOn(TenantId),
}

/// Whose secret vouches for a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voucher {
    /// The tenant's own, or the operator's token.
    Tenant,
    /// The app's: it vouches only for accounts that the tenant has connected.
    App,
}

impl Service {
    /// Checks a delivery's signature, and stores the signals that it becomes.
    ///
    /// `connection` is what the caller says of the connection; malformed text is an `Err`.
    ///
    /// # Errors
    /// Nothing was stored for the tenants that are not done yet; a repeat stores the rest.
    pub async fn ingest(
        &self,
        door: Door,
        provider: &str,
        delivery: Delivery<'_>,
        connection: Option<Result<ConnectionId, String>>,
    ) -> Result<WebhookReceipt, Error> {
        let (provider, config) = self.provider(provider)?;
        let name = provider.descriptor().name;
        let by_app = || provider.is_signed(&delivery, &config.webhook_secrets);
        let voucher = match door {
            Door::HandedOn(_) => Voucher::Tenant,
            Door::App if by_app() => Voucher::App,
            Door::Tenant(tenant) if provider.is_signed(&delivery, &self.config.webhook_roots.secrets(name, tenant)) => {
                Voucher::Tenant
            }
            Door::Tenant(_) if by_app() => Voucher::App,
            Door::App | Door::Tenant(_) => return Err(Error::InvalidSignature),
        };
        let connection = connection.transpose().map_err(|problem| Error::invalid("X-Connection-Id", problem))?;
        let event = provider.parse(&delivery).map_err(|malformed| Error::invalid("body", malformed.to_string()))?;
        let recipients = self.recipients(door, voucher, name, &event, connection).await?;
        match provider.interpret(&event) {
            Interpretation::Ignored => Ok(WebhookReceipt::IGNORED),
            Interpretation::GrantRevoked { account } => self.revoked(door, name, &account).await,
            Interpretation::Signals(drafts) => {
                self.store_for_all(name, &recipients, &event, delivery.body, &drafts).await
            }
        }
    }

    /// For whom, and for which connection of theirs, a delivery is to be stored.
    async fn recipients(
        &self,
        door: Door,
        voucher: Voucher,
        provider: &str,
        event: &Event,
        connection: Option<ConnectionId>,
    ) -> Result<Vec<(TenantId, Option<ConnectionId>)>, Error> {
        let (Door::Tenant(tenant) | Door::HandedOn(tenant)) = door else {
            let Some(account) = &event.account else { return Ok(Vec::new()) };
            let mut connected = self.store.connected(provider, account).await?;
            if let Some(named) = connection {
                connected.retain(|(_, id)| *id == named);
                if connected.is_empty() {
                    return Err(Error::ConnectionNotFound);
                }
            }
            return Ok(connected.into_iter().map(|(tenant, id)| (tenant, Some(id))).collect());
        };
        if let Some(named) = connection {
            let named = self.store.tenant(tenant).connection(named).await?;
            let named = named.filter(|named| named.provider == provider).ok_or(Error::ConnectionNotFound)?;
            if event.account.as_ref().is_some_and(|account| *account != named.external_account.id) {
                return Err(Error::invalid("X-Connection-Id", "is connected to another account than the delivery's"));
            }
            if voucher == Voucher::App && event.account.is_none() {
                return Ok(Vec::new());
            }
            return Ok(vec![(tenant, Some(named.id))]);
        }
        let found = match &event.account {
            Some(account) => self.store.tenant(tenant).connection_to(provider, account).await?,
            None => None,
        };
        Ok(match (found, voucher) {
            (Some((id, false)), _) => vec![(tenant, Some(id))],
            (None, Voucher::Tenant) => vec![(tenant, None)],
            (Some((_, true)), _) | (None, Voucher::App) => Vec::new(),
        })
    }

    async fn revoked(&self, door: Door, provider: &str, account: &str) -> Result<WebhookReceipt, Error> {
        let tenants: Vec<TenantId> = match door {
            Door::Tenant(tenant) | Door::HandedOn(tenant) => vec![tenant],
            Door::App => {
                let connected = self.store.connected(provider, account).await?;
                connected.into_iter().map(|(tenant, _)| tenant).collect()
            }
        };
        for tenant in tenants {
            self.store.tenant(tenant).revoke_connection(provider, account, self.clock.now()).await?;
        }
        Ok(WebhookReceipt::IGNORED)
    }

    async fn store_for_all(
        &self,
        provider: &'static str,
        recipients: &[(TenantId, Option<ConnectionId>)],
        event: &Event,
        body: &[u8],
        drafts: &[SignalDraft],
    ) -> Result<WebhookReceipt, Error> {
        // Headers are not signed: a replay can bring a new id, but not a new body.
        let id = event.delivery_id.as_deref().filter(|id| !id.is_empty());
        let id = id.map(|id| sha256(&[b"id\0", id.as_bytes()]));
        let keys: Vec<[u8; 32]> = id.into_iter().chain([sha256(&[b"body\0", body])]).collect();
        let mut receipt = if recipients.is_empty() { WebhookReceipt::IGNORED } else { WebhookReceipt::DUPLICATE };
        for (tenant, connection_id) in recipients {
            let received_at = self.clock.now();
            let signals: Vec<NewSignal<'_>> =
                drafts.iter().map(|draft| NewSignal { id: self.ids.next(received_at), draft }).collect();
            let delivery = NewDelivery {
                provider,
                keys: &keys,
                connection_id: *connection_id,
                received_at,
                payload: event.payload.get(),
                signals: &signals,
            };
            if self.store.tenant(*tenant).store_delivery(&delivery).await? == Stored::Accepted {
                receipt.status = ReceiptStatus::Accepted;
                receipt.signals += u32::try_from(signals.len()).unwrap_or(u32::MAX);
            }
        }
        Ok(receipt)
    }
}
