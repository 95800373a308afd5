//! What the service does, between the HTTP surface and the store.

mod authorize;
mod complete;
mod connections;
mod error;
mod hook_secrets;
mod ingest;
mod refresh;
mod signals;
mod upkeep;

use std::sync::Arc;

use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::task::TaskTracker;
use tracing::Instrument;

pub use authorize::{AuthorizeUrl, StartOAuth};
pub use complete::{Callback, CallbackOutcome, Caller};
pub use error::Error;
pub use ingest::{Door, Ingested, ReceiptStatus, WebhookReceipt};

use crate::{
    clock::Clock,
    config::{Config, OAuthApp, ProviderConfig},
    model::{IdSource, ProviderInfo},
    provider::{self, Api, Provider, ProviderHttp, Registry},
    store::Store,
};

/// A page of a list, and where the next one begins.
#[derive(Debug, Clone)]
pub struct Page<T, P> {
    /// The rows.
    pub items: Vec<T>,
    /// The last row's position, if more rows follow it.
    pub next: Option<P>,
}

/// The service. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    config: Arc<Config>,
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<IdSource>,
    http: ProviderHttp,
    registry: Registry,
    tasks: TaskTracker,
    /// Rings when something has become due.
    bell: Arc<Notify>,
}

impl Service {
    /// A service over a store that is migrated.
    ///
    /// # Errors
    /// If the machine's TLS can't be set up.
    pub fn new(config: Arc<Config>, store: Store, clock: Arc<dyn Clock>) -> reqwest::Result<Self> {
        let http = ProviderHttp::new(config.provider_timeout)?;
        Ok(Self {
            config,
            store,
            clock,
            ids: Arc::default(),
            http,
            registry: Registry,
            tasks: TaskTracker::new(),
            bell: Arc::default(),
        })
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Starts work that goes on when its caller hangs up; its log lines carry the request's id.
    fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.tasks.spawn(work.instrument(tracing::Span::current()))
    }

    /// Waits for the work that goes on without a caller: attempts to complete, and revocations.
    pub async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// All providers, sorted by name.
    pub fn providers(&self) -> Vec<ProviderInfo> {
        provider::descriptors().map(|descriptor| descriptor.info(&self.config.providers.get(descriptor.name))).collect()
    }

    /// The provider with the slug `name`, and its configuration.
    fn provider(&self, name: &str) -> Result<(&'static dyn Provider, ProviderConfig), Error> {
        let provider = self
            .registry
            .get(name)
            .ok_or_else(|| Error::ProviderNotSupported { nearest: self.registry.nearest(name) })?;
        Ok((provider, self.config.providers.get(provider.descriptor().name)))
    }

    fn api<'a>(&'a self, config: &'a ProviderConfig, app: &'a OAuthApp) -> Api<'a> {
        Api { http: &self.http, config, app }
    }

    /// Whether `name` is the slug of a provider.
    ///
    /// # Errors
    /// `ProviderNotSupported`.
    pub fn check_provider(&self, name: &str) -> Result<(), Error> {
        self.provider(name).map(drop)
    }

    /// Whether `name` is the slug of a provider that signs its app's deliveries in `Authorization`.
    pub fn signs_in_authorization(&self, name: &str) -> bool {
        self.registry.get(name).is_some_and(|provider| provider.descriptor().webhook.app_signs_in_authorization())
    }
}
