//! Starting to connect an account.

use std::{fmt, future::IntoFuture, pin::Pin};

use crate::{
    AuthorizeUrl, Error, Tenant, error::ErrorKind, generated::types::StartOAuthRequest, scope::Extra, tenant::segment,
};

const OPERATION: &str = "start_oauth";

/// A start of OAuth; made by [`Tenant::start_oauth`], sent by awaiting it.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mock = connectors_mock::ConnectorsMock::start().await;
/// # let tenant = mock.tenant("acme").client();
/// let started = tenant
///     .start_oauth("github")
///     .redirect_uri("https://core.example/api/connectors/github/callback")
///     .scopes(["read:user"])
///     .send()
///     .await?;
/// assert!(started.authorize_url.query_pairs().any(|pair| pair == ("scope".into(), "read:user".into())));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct StartOAuth {
    tenant: Tenant,
    provider: String,
    redirect_uri: Option<String>,
    scopes: Option<Vec<String>>,
}

impl StartOAuth {
    pub(crate) fn new(tenant: Tenant, provider: String) -> Self {
        Self { tenant, provider, redirect_uri: None, scopes: None }
    }

    /// Where the provider sends the user's browser, in place of the deployment's default: one of the URLs that the deployment
    /// allows.
    pub fn redirect_uri(mut self, url: impl Into<String>) -> Self {
        self.redirect_uri = Some(url.into());
        self
    }

    /// The scopes to ask for, among the provider's; all of them unless set.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Asks the service for an authorize URL.
    ///
    /// # Errors
    /// Of the service's codes, [`ProviderNotConfigured`](crate::ErrorCode::ProviderNotConfigured) says that this deployment has
    /// no credentials for the provider. Dropping the future abandons the call.
    pub async fn send(self) -> Result<AuthorizeUrl, Error> {
        let provider = segment(OPERATION, &self.provider)?;
        let mut body = StartOAuthRequest { redirect_uri: self.redirect_uri, ..StartOAuthRequest::default() };
        match self.scopes {
            // On the wire no scopes are all scopes.
            Some(scopes) if scopes.is_empty() => {
                return Err(Error::local(ErrorKind::Request, OPERATION, "an empty list of scopes asks for nothing"));
            }
            Some(scopes) => body.scopes = scopes,
            None => {}
        }
        let client = self.tenant.client(OPERATION, Extra::default());
        client.finish(client.start_oauth(provider, &body).await)
    }
}

impl IntoFuture for StartOAuth {
    type Output = Result<AuthorizeUrl, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for AuthorizeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Both others hold the state.
        f.debug_struct("AuthorizeUrl").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
