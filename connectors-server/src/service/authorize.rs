//! Starting an authorization.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Error, Service};
use crate::{
    crypto::{random_token, sha256},
    model::{TenantId, Timestamp},
    provider::AuthorizeRequest,
    store::NewState,
};

/// How long a state can be completed.
const STATE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// What a caller may choose about an authorization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StartOAuth {
    /// One of the allowed redirect URLs, in place of the default.
    pub redirect_uri: Option<String>,
    /// Fewer scopes than the provider's.
    pub scopes: Option<Vec<String>>,
}

/// Where to send the user.
#[derive(Clone, Serialize, ToSchema)]
pub struct AuthorizeUrl {
    /// The provider's authorization page for this request. Redirect the user's browser to it.
    #[schema(
        format = "uri",
        example = "https://github.com/login/oauth/authorize?response_type=code&client_id=Iv1.8a61f9b3a7aba766&state=Zk3_v0Jc4nE5oJ0pVYxQm8T6aUuS1rDqWb7hLg2KyXs"
    )]
    pub authorize_url: String,
    /// The state inside the URL. Keep it in the user's session and compare it when the user comes back: it does not say
    /// whose browser that is (RFC 9700, section 2.1).
    #[schema(example = "Zk3_v0Jc4nE5oJ0pVYxQm8T6aUuS1rDqWb7hLg2KyXs")]
    pub state: String,
    /// Until when the authorization can be completed: 10 minutes.
    #[schema(value_type = String, format = DateTime, example = "2026-01-02T03:04:05.000000Z")]
    pub expires_at: Timestamp,
}

impl fmt::Debug for AuthorizeUrl {
    /// Without the state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorizeUrl(… until {})", self.expires_at)
    }
}

impl Service {
    /// What is wrong with a request to start, as far as its provider is known.
    pub fn check_start_oauth(&self, provider: &str, request: &StartOAuth) -> BTreeMap<String, String> {
        let Ok((provider, config)) = self.provider(provider) else { return BTreeMap::new() };
        let descriptor = provider.descriptor();
        let unknown = request.scopes.iter().flatten().any(|scope| !descriptor.scopes.contains(&scope.as_str()));
        let scopes = unknown.then(|| format!("must be among the provider's scopes: {}", descriptor.scopes.join(", ")));
        // Without credentials there need be no redirect URL; then that alone is worth saying.
        let resolves = config.app.is_some() || request.redirect_uri.is_some();
        let resolved = self.config.redirects.resolve(descriptor.name, request.redirect_uri.as_deref());
        let redirect_uri = resolved.err().filter(|_| resolves);
        let problems = [("scopes", scopes), ("redirect_uri", redirect_uri)];
        problems.into_iter().filter_map(|(field, problem)| Some((field.to_owned(), problem?))).collect()
    }

    /// Makes an authorize URL with a fresh state and PKCE challenge.
    ///
    /// # Errors
    /// If the provider is unknown or not configured, or the request asks for what is not allowed.
    pub async fn start_oauth(
        &self,
        provider: &str,
        tenant: TenantId,
        request: StartOAuth,
    ) -> Result<AuthorizeUrl, Error> {
        let (provider, config) = self.provider(provider)?;
        let descriptor = provider.descriptor();
        let problems = self.check_start_oauth(descriptor.name, &request);
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let app = config.app.as_ref().ok_or(Error::ProviderNotConfigured { provider: descriptor.name })?;
        let scopes: BTreeSet<String> = match request.scopes {
            Some(scopes) => scopes.into_iter().collect(),
            None => descriptor.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        };
        let scopes: Vec<String> = scopes.into_iter().collect();
        let resolved = self.config.redirects.resolve(descriptor.name, request.redirect_uri.as_deref());
        let redirect_uri = resolved.map_err(|problem| Error::invalid("redirect_uri", problem))?;

        let (state, verifier) = (random_token(), random_token());
        let hash = sha256(&[state.as_bytes()]);
        let created_at = self.clock.now();
        let expires_at = created_at.after(STATE_LIFETIME);
        self.store
            .insert_state(NewState {
                hash,
                tenant,
                provider: descriptor.name,
                redirect_uri: &redirect_uri,
                scopes: &scopes,
                sealed_verifier: self.config.vault.seal(verifier.as_bytes(), &state_context("verifier", tenant, &hash)),
                created_at,
                expires_at,
            })
            .await?;
        let url = provider.authorize_url(
            &config,
            app,
            &AuthorizeRequest {
                redirect_uri: &redirect_uri,
                scopes: &scopes,
                state: &state,
                code_challenge: &URL_SAFE_NO_PAD.encode(sha256(&[verifier.as_bytes()])),
            },
        );
        Ok(AuthorizeUrl { authorize_url: url.into(), state, expires_at })
    }
}

/// Binds what is sealed for a state to it.
pub(super) fn state_context(what: &str, tenant: TenantId, state_hash: &[u8; 32]) -> Vec<u8> {
    [what.as_bytes(), b"\0", tenant.0.as_bytes(), state_hash].concat()
}
