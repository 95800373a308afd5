//! Taking deliveries in.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::HeaderMap;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Error, Service, upkeep::change_key};
use crate::{
    config::ProviderConfig,
    crypto::sha256,
    error_chain::Chain,
    model::{ConnectionId, Secret, SignalDraft, TenantId, Timestamp, open_enum},
    provider::{
        Account, Delivery, DeliveryId, Descriptor, Event, Interpretation, Malformed, Provider, ProviderFailure,
        SecretSource, Signed, Subscription, Versions, Voucher, WebhookScheme,
    },
    store::{NewDelivery, NewSignal, Ring, Stored},
};

/// The answer to a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// What became of it.
    Receipt(WebhookReceipt),
    /// It was the provider's check of the webhook, to be answered with this text.
    Challenge(String),
    /// It handed over the secret of a tenant's webhook, which is kept.
    SecretKept,
}

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
}

/// By which way a delivery came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// To an app's single URL; signed as the app's deliveries are.
    App,
    /// To a tenant's own URL; signed as the tenant's own deliveries are, or the app's.
    Tenant(TenantId),
    /// Handed on by Core, which has shown its operator token.
    HandedOn(TenantId),
}

/// The secrets that a delivery may be signed with.
struct Secrets {
    own: Vec<Secret>,
    app: Vec<Secret>,
    /// Whether the provider's public keys show already that it has signed.
    is_vouched: bool,
}

/// A delivery whose signature was checked and whose body was read.
struct Opened {
    voucher: Voucher,
    event: Result<Event, Malformed>,
    interpretation: Interpretation,
    versions: Versions,
    /// Hashes by which its repeats are known.
    keys: Vec<[u8; 32]>,
}

/// What is stored of a delivery for each of its recipients.
#[derive(Clone, Copy)]
struct Told<'a> {
    event: &'a Event,
    keys: &'a [[u8; 32]],
    versions: &'a Versions,
    drafts: &'a [SignalDraft],
}

/// Longer bodies are hashed and parsed on a thread of their own, so that they hold no other request up.
const LONG: usize = 256 << 10;

impl Service {
    /// Checks a delivery's signature, and stores the signals that it becomes.
    ///
    /// `connection` is what the caller says of the connection; malformed text is an `Err`. `setup` is the secret in the URL.
    ///
    /// # Errors
    /// Nothing was stored for the tenants that are not done yet; a repeat stores the rest.
    pub async fn ingest(
        &self,
        door: Door,
        provider: &str,
        headers: &HeaderMap,
        body: &Bytes,
        connection: Option<Result<ConnectionId, String>>,
        setup: Option<&Secret>,
    ) -> Result<Ingested, Error> {
        let (provider, config) = self.provider(provider)?;
        if self.handed_over(door, provider, headers, setup).await? {
            return Ok(Ingested::SecretKept);
        }
        let secrets = self.secrets(door, provider, &config, &Delivery { headers, body }).await?;
        let now = self.clock.now();
        let opened = if body.len() > LONG {
            let (headers, body) = (headers.clone(), body.clone());
            tokio::task::spawn_blocking(move || {
                open(door, provider, &Delivery { headers: &headers, body: &body }, &secrets, now)
            })
            .await?
        } else {
            open(door, provider, &Delivery { headers, body }, &secrets, now)
        };
        let Opened { voucher, event, interpretation, versions, keys } = opened?;
        let (connection, event) = match (connection.transpose(), event) {
            (Ok(connection), Ok(event)) => (connection, event),
            (connection, event) => {
                let problems = [
                    connection.err().map(|problem| ("X-Connection-Id".to_owned(), problem)),
                    event.err().map(|malformed| ("body".to_owned(), malformed.to_string())),
                ];
                return Err(Error::Invalid(problems.into_iter().flatten().collect()));
            }
        };
        if let Interpretation::Challenge { challenge } = interpretation {
            return Ok(Ingested::Challenge(challenge));
        }
        let name = provider.descriptor().name;
        let recipients = self.recipients(door, voucher, provider.descriptor(), &event, connection).await?;
        let receipt = match interpretation {
            Interpretation::Ignored | Interpretation::Challenge { .. } => Ok(WebhookReceipt::IGNORED),
            Interpretation::GrantRevoked { account } => {
                // It asks the provider, which may take longer than the caller waits.
                let service = self.clone();
                self.spawn(async move { service.revoked(door, provider, &config, &account).await }).await?
            }
            Interpretation::Ring => self.ring_for_all(name, &recipients, &keys).await,
            Interpretation::Signals(drafts) => {
                let told = Told { event: &event, keys: &keys, versions: &versions, drafts: &drafts };
                self.store_for_all(name, &recipients, &told).await
            }
        };
        receipt.map(Ingested::Receipt)
    }

    /// The secrets that a delivery by this way may be signed with. Where they have to be asked for, it is here.
    async fn secrets(
        &self,
        door: Door,
        provider: &dyn Provider,
        config: &ProviderConfig,
        delivery: &Delivery<'_>,
    ) -> Result<Secrets, Error> {
        let Descriptor { name, webhook: scheme, .. } = provider.descriptor();
        let own = scheme.own.as_ref().filter(|_| door != Door::App);
        let mut secrets = Secrets { own: Vec::new(), app: Vec::new(), is_vouched: false };
        for (signed, from) in [(own, &mut secrets.own), (scheme.app.as_ref(), &mut secrets.app)] {
            *from = match (signed.map(|signed| signed.secret), door) {
                (None, _) | (_, Door::HandedOn(_)) | (Some(SecretSource::Derived), Door::App) => Vec::new(),
                (Some(SecretSource::Derived), Door::Tenant(tenant)) => self.config.webhook_roots.secrets(name, tenant),
                (Some(SecretSource::PublicKeys), _) => {
                    secrets.is_vouched = provider.vouches(&self.http, config, delivery, self.clock.now()).await;
                    Vec::new()
                }
                (Some(SecretSource::HandedOver { .. }), Door::Tenant(tenant)) => {
                    self.kept_secrets(tenant, name).await?
                }
                (Some(SecretSource::HandedOver { .. }), Door::App) => Vec::new(),
                (Some(SecretSource::Webhook), _) => config.webhook_secrets.clone(),
                (Some(SecretSource::Client), _) => config.app.iter().map(|app| app.client_secret.clone()).collect(),
                (Some(SecretSource::Subscription(header)), _) => self
                    .subscription_secret(name, delivery.header(header).unwrap_or_default())
                    .await?
                    .into_iter()
                    .collect(),
            };
        }
        Ok(secrets)
    }

    /// The secret that was made with a subscription.
    async fn subscription_secret(&self, provider: &str, id: &str) -> Result<Option<Secret>, Error> {
        let Some((tenant, connection)) = self.store.connected(provider, &Subscription::name(id)).await?.pop() else {
            return Ok(None);
        };
        let rows = self.store.tenant(tenant).subscriptions(connection).await?;
        let row: Vec<_> = rows.into_iter().filter(|row| row.id == id).collect();
        let opened = self.opened_subscriptions(tenant, connection, &row)?;
        Ok(opened.into_iter().find_map(|subscription| subscription.secret))
    }

    /// For whom, and for which connection of theirs, a delivery is to be stored.
    async fn recipients(
        &self,
        door: Door,
        voucher: Voucher,
        descriptor: &Descriptor,
        event: &Event,
        connection: Option<ConnectionId>,
    ) -> Result<Vec<(TenantId, Option<ConnectionId>)>, Error> {
        let (provider, names_account) = (descriptor.name, descriptor.webhook.names_account);
        let other_account = || Error::invalid("X-Connection-Id", "is connected to another account than the delivery's");
        let (Door::Tenant(tenant) | Door::HandedOn(tenant)) = door else {
            if let Some(named) = connection {
                let owner = self.store.connection_owner(provider, named).await?;
                let (tenant, names) = owner.ok_or(Error::ConnectionNotFound)?;
                return match &event.account {
                    Some(account) if account.names().iter().any(|name| names.contains(name)) => {
                        Ok(vec![(tenant, Some(named))])
                    }
                    Some(_) => Err(other_account()),
                    None if names_account => Ok(Vec::new()),
                    None => Ok(vec![(tenant, Some(named))]),
                };
            }
            let mut connected = BTreeSet::new();
            for name in event.account.iter().flat_map(Account::names) {
                connected.extend(self.store.connected(provider, name).await?);
            }
            return Ok(connected.into_iter().map(|(tenant, id)| (tenant, Some(id))).collect());
        };
        if let Some(named) = connection {
            let named = self.store.tenant(tenant).connection(named).await?;
            let named = named.filter(|named| named.provider == provider).ok_or(Error::ConnectionNotFound)?;
            let (_, names) = self.store.connection_owner(provider, named.id).await?.ok_or(Error::ConnectionNotFound)?;
            return match &event.account {
                Some(account) if !account.names().iter().any(|name| names.contains(name)) => Err(other_account()),
                None if voucher == Voucher::App && names_account => Ok(Vec::new()),
                _ => Ok(vec![(tenant, Some(named.id))]),
            };
        }
        let found = match &event.account {
            Some(Account::Id(id)) => self.store.tenant(tenant).connection_to(provider, id).await?,
            Some(Account::Names(names)) => self.store.tenant(tenant).connection_called(provider, names).await?,
            None => None,
        };
        Ok(match (found, voucher) {
            (Some((id, false)), _) => vec![(tenant, Some(id))],
            (None, Voucher::Tenant | Voucher::Core) => vec![(tenant, None)],
            (Some((_, true)), _) | (None, Voucher::App) => Vec::new(),
        })
    }

    /// Marks the connections to an account as revoked, whose grant the provider says was withdrawn. It is asked first: a
    /// replay of that message must not stop a connection that was healed since.
    async fn revoked(
        &self,
        door: Door,
        provider: &'static dyn Provider,
        config: &ProviderConfig,
        account: &str,
    ) -> Result<WebhookReceipt, Error> {
        let name = provider.descriptor().name;
        // Without credentials it can't be asked.
        let Some(app) = &config.app else { return Ok(WebhookReceipt::IGNORED) };
        let only = match door {
            Door::App => None,
            Door::Tenant(tenant) | Door::HandedOn(tenant) => Some(tenant),
        };
        for (tenant, id) in self.store.connected(name, account).await? {
            if only.is_some_and(|only| only != tenant) {
                continue;
            }
            let rows = self.store.tenant(tenant);
            let (Some(connection), Some(grant)) = (rows.connection(id).await?, self.grant_of(tenant, id).await?) else {
                continue;
            };
            match provider.identify(self.api(config, app), &grant).await {
                Ok(_) => {}
                Err(ProviderFailure::TokenRefused { .. }) => {
                    rows.revoke_connection(&connection, self.clock.now()).await?;
                    tracing::info!(provider = name, tenant_id = %tenant, connection_id = %id, "revoked by the user");
                }
                // Whether the grant was withdrawn can't be told now; that is no word of the provider's that it was.
                Err(failure) => {
                    tracing::warn!(provider = name, connection_id = %id, error = %Chain(&failure), "left as it is");
                }
            }
        }
        Ok(WebhookReceipt::IGNORED)
    }

    /// Makes the recipients' fetches due.
    async fn ring_for_all(
        &self,
        provider: &'static str,
        recipients: &[(TenantId, Option<ConnectionId>)],
        keys: &[[u8; 32]],
    ) -> Result<WebhookReceipt, Error> {
        let mut receipt = WebhookReceipt::IGNORED;
        for (tenant, connection) in recipients {
            let Some(connection) = *connection else { continue };
            let ring = Ring { provider, connection, keys, received_at: self.clock.now() };
            match self.store.tenant(*tenant).ring(&ring).await? {
                Stored::Accepted => receipt.status = ReceiptStatus::Accepted,
                Stored::Duplicate if receipt.status == ReceiptStatus::Ignored => {
                    receipt.status = ReceiptStatus::Duplicate;
                }
                Stored::Duplicate | Stored::ConnectionGone => {}
            }
        }
        self.bell.notify_one();
        Ok(receipt)
    }

    async fn store_for_all(
        &self,
        provider: &'static str,
        recipients: &[(TenantId, Option<ConnectionId>)],
        told: &Told<'_>,
    ) -> Result<WebhookReceipt, Error> {
        let mut receipt = WebhookReceipt::IGNORED;
        let Told { event, keys, versions, drafts } = *told;
        for (tenant, connection_id) in recipients {
            let key = |how, version: &String| Some(change_key(how, (*connection_id)?, version));
            let told: Vec<_> =
                versions.this.iter().chain(&versions.object).filter_map(|version| key("told", version)).collect();
            let received_at = self.clock.now();
            let signals: Vec<NewSignal<'_>> =
                drafts.iter().map(|draft| NewSignal { id: self.ids.next(received_at), draft }).collect();
            let delivery = NewDelivery {
                provider,
                keys,
                told: &told,
                fetched: versions.this.as_ref().and_then(|version| key("change", version)),
                connection_id: *connection_id,
                received_at,
                payload: event.payload.get(),
                signals: &signals,
            };
            match self.store.tenant(*tenant).store_delivery(&delivery).await? {
                Stored::Accepted => {
                    receipt.status = ReceiptStatus::Accepted;
                    receipt.signals += u32::try_from(signals.len()).unwrap_or(u32::MAX);
                }
                Stored::Duplicate if receipt.status == ReceiptStatus::Ignored => {
                    receipt.status = ReceiptStatus::Duplicate;
                }
                Stored::Duplicate | Stored::ConnectionGone => {}
            }
        }
        Ok(receipt)
    }
}

/// Checks a delivery's signature and reads its body.
fn open(
    door: Door,
    provider: &dyn Provider,
    delivery: &Delivery<'_>,
    secrets: &Secrets,
    now: Timestamp,
) -> Result<Opened, Error> {
    let WebhookScheme { own, app, id, .. } = &provider.descriptor().webhook;
    let good = |signed: &'static Option<Signed>, secrets| {
        signed.as_ref().map(|signed| &signed.signature).filter(|signature| signature.is_good(delivery, secrets, now))
    };
    let vouched = || app.as_ref().map(|signed| &signed.signature).filter(|_| secrets.is_vouched);
    let (voucher, covers_body) = if let Door::HandedOn(_) = door {
        (Voucher::Core, [own, app].into_iter().flatten().any(|signed| signed.signature.covers_body()))
    } else if let Some(signature) = good(own, &secrets.own) {
        (Voucher::Tenant, signature.covers_body())
    } else if let Some(signature) = good(app, &secrets.app).or_else(vouched) {
        (Voucher::App, signature.covers_body())
    } else {
        return Err(Error::InvalidSignature);
    };
    let event = provider.parse(delivery, voucher);
    let interpretation = event.as_ref().map_or(Interpretation::Ignored, |event| provider.interpret(event));
    let is_known_by_body = covers_body || matches!(id, DeliveryId::Body);
    let id = event.as_ref().ok().and_then(|event| event.delivery_id.as_deref()).filter(|id| !id.is_empty());
    let id = id.map(|id| sha256(&[b"id\0", id.as_bytes()]));
    // Headers are not signed: a replay can bring a new id, but not a new body where that is signed. Elsewhere the body tells
    // nothing: two deliveries may have the same.
    let body = is_known_by_body.then(|| sha256(&[b"body\0", delivery.body]));
    let versions = match (&event, &interpretation) {
        (Ok(event), Interpretation::Signals(_)) => provider.versions(event),
        _ => Versions::default(),
    };
    Ok(Opened { voucher, event, interpretation, versions, keys: id.into_iter().chain(body).collect() })
}
