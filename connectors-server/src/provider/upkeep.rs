//! What the service does at providers for a connection while nobody waits: it subscribes webhooks, and reads what has changed.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value, value::RawValue};
use url::Url;

use super::{Api, Grant, ProviderFailure};
use crate::model::{ConnectionId, ExternalAccount, Secret, SignalDraft, SignalKind, Timestamp};

/// A connection with tokens that are fresh, and all that calling its provider needs.
#[derive(Debug, Clone, Copy)]
pub struct Session<'a> {
    /// The provider.
    pub api: Api<'a>,
    /// The tokens.
    pub grant: &'a Grant,
    /// The connection.
    pub connection: ConnectionId,
    /// The account that it connects.
    pub account: &'a ExternalAccount,
    /// What the provider said of the account.
    pub metadata: &'a Map<String, Value>,
    /// The present.
    pub now: Timestamp,
}

/// A provider whose webhooks are subscribed through its API.
#[async_trait]
pub trait Subscriber: Send + Sync {
    /// How long before it runs out a subscription is renewed.
    fn margin(&self) -> Duration;

    /// Makes the subscriptions that a connection needs, or renews those that it has; all that hold from now on. Of those that
    /// it held before, the rest is ended.
    async fn subscribe(
        &self,
        session: &Session<'_>,
        request: &SubscribeRequest<'_>,
    ) -> Result<Vec<Subscription>, ProviderFailure>;

    /// Ends a subscription; one that there is not any more is no failure.
    async fn unsubscribe(&self, session: &Session<'_>, subscription: &Subscription) -> Result<(), ProviderFailure>;
}

/// What to subscribe with.
#[derive(Debug)]
pub struct SubscribeRequest<'a> {
    /// Where the provider is to send deliveries: the app's single URL at this service.
    pub webhook_url: &'a Url,
    /// What the connection holds.
    pub held: &'a [Subscription],
}

/// A subscription at a provider.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// The name that its deliveries bear, unique among the provider's subscriptions: they are routed by it.
    pub id: String,
    /// What the provider needs besides to end it.
    pub resource: String,
    /// What its deliveries show that they know, if there is such a secret.
    pub secret: Option<Secret>,
    /// When it runs out, if it does.
    pub expires_at: Option<Timestamp>,
}

impl Subscription {
    /// The name by which a delivery of the subscription with this id calls the account.
    pub fn name(id: &str) -> String {
        format!("subscription:{id}")
    }
}

/// A provider from which the service reads what has changed.
#[async_trait]
pub trait Fetcher: Send + Sync {
    /// How long after a fetch the next one is due, if no delivery rings before.
    fn interval(&self) -> Duration;

    /// What has changed since `cursor`, one page of it. Without a cursor it is the connection's first fetch, which finds out where
    /// to begin: what happened before the connection was made is no news.
    async fn fetch(&self, session: &Session<'_>, cursor: Option<&str>) -> Result<Fetched, ProviderFailure>;

    /// What a change becomes that was fetched from this account and is of this kind, read out of the provider's own words; if no
    /// delivery tells of such changes.
    fn draft(&self, _: SignalKind, _: &ExternalAccount, _: &RawValue) -> Option<SignalDraft> {
        None
    }
}

/// A page of changes.
#[derive(Debug)]
pub struct Fetched {
    /// What has changed.
    pub changes: Vec<Change>,
    /// Where the next page begins; stored with the changes, or not at all.
    pub cursor: String,
    /// Whether there is a next page now.
    pub more: bool,
}

/// Keys of changes that a delivery tells of, so that none is told of twice, by a delivery and by a fetch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// The change of which a fetch would make the same signal.
    pub this: Option<String>,
    /// The version that the object has now.
    pub object: Option<String>,
}

/// A change that becomes a signal.
#[derive(Debug)]
pub struct Change {
    /// The object and its version, by which the change is known when it is fetched again.
    pub key: String,
    /// What it becomes.
    pub draft: SignalDraft,
    /// The provider's own words.
    pub payload: Box<RawValue>,
}
