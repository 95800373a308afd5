//! What every request needs.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::Semaphore;

use super::rate_limit::RateLimiter;
use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    service::Service,
    store::{Store, StoreError},
};

/// The service with what its HTTP surface keeps between requests. Cheap to clone.
#[derive(Debug, Clone)]
pub struct AppState {
    pub(super) service: Service,
    pub(super) rate_limiter: Arc<Option<RateLimiter>>,
    /// A permit for each KiB of large request bodies that is held in memory.
    pub(super) body_permits: Arc<Semaphore>,
    unready: Arc<AtomicBool>,
    draining: Arc<AtomicBool>,
}

/// Why the service can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database can't be used.
    #[error("the database can't be used")]
    Store(#[from] StoreError),
    /// The machine's TLS can't be set up.
    #[error("the machine's TLS can't be set up")]
    Tls(#[from] reqwest::Error),
}

impl AppState {
    /// Opens and migrates the configured database, and makes the state over it.
    ///
    /// # Errors
    /// If the database can't be used.
    pub async fn open(config: Config) -> Result<Self, StartError> {
        Self::open_at(config, Arc::new(SystemClock)).await
    }

    /// As [`open`](Self::open), with a clock.
    ///
    /// # Errors
    /// If the database can't be used.
    pub async fn open_at(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let store = Store::open(config.database_url.expose(), config.database_connections).await?;
        store.migrate().await?;
        Ok(Self::new(config, store, clock)?)
    }

    /// The state over a store that is migrated.
    ///
    /// # Errors
    /// If the machine's TLS can't be set up.
    pub fn new(config: Config, store: Store, clock: Arc<dyn Clock>) -> reqwest::Result<Self> {
        Ok(Self {
            rate_limiter: Arc::new(config.rate_limit.map(|limit| RateLimiter::new(limit, Arc::clone(&clock)))),
            body_permits: Arc::new(Semaphore::new(config.max_buffered_bytes.div_ceil(1024))),
            unready: Arc::default(),
            draining: Arc::default(),
            service: Service::new(Arc::new(config), store, clock)?,
        })
    }

    /// The service behind the surface.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// From now on `/readyz` fails, and everything else goes on: the service is about to stop.
    pub fn become_unready(&self) {
        self.unready.store(true, Ordering::SeqCst);
    }

    /// Whether the service is about to stop.
    pub fn is_unready(&self) -> bool {
        self.unready.load(Ordering::SeqCst) || self.is_draining()
    }

    /// From now on requests are answered with 503: the service is stopping.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether the service is stopping.
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }
}
