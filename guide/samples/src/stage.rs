//! What a sample runs on: service or mock, a tenant, a user at a browser, and GitHub.

use std::fmt::Display;

use connectors_client::{Connection, Connectors, Tenant, TenantId};
use connectors_examples::{
    backend::{Against, Backend},
    recorded,
};
use url::Url;
use uuid::Uuid;

use crate::BoxError;

/// Service or mock, with a tenant that has nothing yet, and a note of what the sample shows.
#[derive(Debug)]
pub struct Stage {
    /// What answers.
    pub backend: Backend,
    /// The client that Core would have.
    pub connectors: Connectors,
    shown: String,
}

impl Stage {
    /// A stage of its own against one or the other.
    ///
    /// # Errors
    /// If it can't be started.
    pub async fn on(against: Against) -> Result<Self, BoxError> {
        let backend = Backend::start(against).await?;
        let connectors = backend.connectors()?;
        Ok(Self { backend, connectors, shown: String::new() })
    }

    /// The tenant's id.
    pub fn tenant_id(&self) -> TenantId {
        TenantId::new(Uuid::from_u128(0x6f2d_1a3e_8c47_4b7a_9c1d_0e5f_6a7b_8c9d))
            .expect("the id is not nil")
    }

    /// The tenant of the samples.
    pub fn tenant(&self) -> Tenant {
        self.connectors.tenant(self.tenant_id())
    }

    /// The user approves at GitHub and comes back to Core; the query of that request.
    ///
    /// # Errors
    /// If the authorize URL is refused.
    pub async fn approve(&self, authorize_url: &Url) -> Result<String, BoxError> {
        let callback = self.backend.approve(authorize_url).await?;
        Ok(callback.query().unwrap_or_default().to_owned())
    }

    /// As [`approve`](Self::approve), but the user declines.
    ///
    /// # Errors
    /// If the authorize URL is refused.
    pub async fn decline(&self, authorize_url: &Url) -> Result<String, BoxError> {
        let callback = self.backend.deny(authorize_url).await?;
        Ok(callback.query().unwrap_or_default().to_owned())
    }

    /// The tenant, connected to GitHub.
    ///
    /// # Errors
    /// If it can't be connected.
    pub async fn connected(&self) -> Result<(Tenant, Connection), BoxError> {
        let tenant = self.tenant();
        let started = tenant.start_oauth("github").send().await?;
        let query = self.approve(&started.authorize_url).await?.parse()?;
        let connection = tenant.complete_oauth("github", query, &started.state).await?;
        Ok((tenant, connection))
    }

    /// GitHub delivers all that is recorded of it.
    ///
    /// # Errors
    /// If a delivery is not accepted.
    pub async fn github_delivers(&self) -> Result<(), BoxError> {
        for delivery in recorded::github() {
            self.backend.deliver(self.tenant_id(), &delivery).await?;
        }
        Ok(())
    }

    /// Notes a line of what the sample shows.
    pub fn show(&mut self, line: impl Display) {
        self.shown.push_str(&format!("{line}\n"));
    }

    /// All that was shown.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}
