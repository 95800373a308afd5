//! The service, as whoever has an operator token sees it.

use std::{fmt, sync::Arc};

use crate::{
    ConnectorsBuilder, Error, Health, Provider, Readiness, ServiceInfo, Tenant, TenantId, generated::Client,
    scope::Extra, service::Service,
};

/// A Connectors Service.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// use connectors_client::{Connectors, OperatorToken};
///
/// # let (url, token) = (mock.url(), mock.operator_token());
/// let connectors = Connectors::builder(url).operator_token(OperatorToken::new(token)).build()?;
///
/// for provider in connectors.providers().await? {
///     println!("{}", provider.display_name);
/// }
/// let tenant = connectors.tenant("123e4567-e89b-12d3-a456-426614174000".parse()?);
/// assert!(tenant.signals().page().await?.items.is_empty());
/// # Ok(())
/// # }
/// ```
///
/// Make one and clone it: clones share connections and the budget of repetitions. Everything that belongs to a tenant is
/// reached through [`tenant`](Self::tenant), so a call without `X-Tenant-Id` can't be written:
///
/// ```compile_fail,E0599
/// # fn example(connectors: connectors_client::Connectors) {
/// let signals = connectors.signals();
/// # }
/// ```
#[derive(Clone)]
pub struct Connectors {
    service: Arc<Service>,
}

impl Connectors {
    /// Begins with the service's URL.
    pub fn builder(url: impl AsRef<str>) -> ConnectorsBuilder {
        ConnectorsBuilder::new(url.as_ref())
    }

    pub(crate) fn new(service: Arc<Service>) -> Self {
        Self { service }
    }

    /// The service as that tenant sees it. Nothing is sent.
    pub fn tenant(&self, id: TenantId) -> Tenant {
        Tenant::new(self.service.clone(), id)
    }

    /// What can be connected, sorted by name.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let connectors = mock.client();
    /// let providers = connectors.providers().await?;
    /// assert!(providers.iter().any(|provider| provider.name == "github" && provider.available));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). Dropping the future abandons the call.
    pub async fn providers(&self) -> Result<Vec<Provider>, Error> {
        let client = self.client("list_providers");
        Ok(client.finish(client.list_providers().await)?.providers)
    }

    /// What the service is, and where its documentation lives.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let connectors = mock.client();
    /// let info = connectors.service_info().await?;
    /// println!("{} {}, see {}", info.service, info.version, info.docs_url);
    /// assert_eq!(info.openapi_url, "/openapi.json");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind). Dropping the future abandons the call.
    pub async fn service_info(&self) -> Result<ServiceInfo, Error> {
        let client = self.client("get_service_info");
        client.finish(client.get_service_info().await)
    }

    /// Whether the process lives; it touches no dependency.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let connectors = mock.client();
    /// assert_eq!(connectors.health().await?.status, "ok");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// See [`ErrorKind`](crate::ErrorKind); the first answer is handed on, whatever it is. Dropping the future abandons the call.
    pub async fn health(&self) -> Result<Health, Error> {
        let client = self.client("get_health");
        client.finish(client.get_health().await)
    }

    /// Whether the service can do its work.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let mock = connectors_mock::ConnectorsMock::start().await;
    /// # let connectors = mock.client();
    /// assert_eq!(connectors.readiness().await?.checks.database, "ok");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorCode::ServiceUnavailable`](crate::ErrorCode::ServiceUnavailable) if it can't; `checks` among the
    /// [`details`](Error::details) says why. The first answer is handed on, whatever it is. Dropping the future abandons the call.
    pub async fn readiness(&self) -> Result<Readiness, Error> {
        let client = self.client("get_readiness");
        client.finish(client.get_readiness().await)
    }

    fn client(&self, operation: &'static str) -> Client {
        Client::scoped(&self.service, None, operation, Extra::default())
    }
}

impl fmt::Debug for Connectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connectors").field("url", &self.service.base).finish_non_exhaustive()
    }
}
