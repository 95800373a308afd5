//! Starting an authorization.

use std::{collections::BTreeMap, time::Duration};

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
#[derive(Debug, Clone, Serialize, ToSchema)]
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

impl Service {
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
        let app = config.app.as_ref().ok_or(Error::ProviderNotConfigured { provider: descriptor.name });
        let scopes = match request.scopes {
            Some(scopes) => allowed_scopes(scopes, descriptor.scopes),
            None => Ok(descriptor.scopes.iter().map(|scope| (*scope).to_owned()).collect()),
        };
        // Without credentials there need be no redirect URL; then that alone is worth saying.
        let redirect_uri = match (&app, &request.redirect_uri) {
            (Err(_), None) => Ok(String::new()),
            (_, asked) => self.config.redirects.resolve(descriptor.name, asked.as_deref()),
        };
        let (scopes, redirect_uri) = match (scopes, redirect_uri) {
            (Ok(scopes), Ok(redirect_uri)) => (scopes, redirect_uri),
            (scopes, redirect_uri) => {
                let problems = [("scopes", scopes.err()), ("redirect_uri", redirect_uri.err())];
                let problems = problems.into_iter().filter_map(|(field, problem)| Some((field.to_owned(), problem?)));
                return Err(Error::Invalid(problems.collect::<BTreeMap<_, _>>()));
            }
        };
        let app = app?;

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

fn allowed_scopes(mut asked: Vec<String>, known: &[&str]) -> Result<Vec<String>, String> {
    let unknown = asked.iter().find(|scope| !known.contains(&scope.as_str()));
    if unknown.is_some() {
        return Err(format!("must be among the provider's scopes: {}", known.join(", ")));
    }
    asked.sort();
    asked.dedup();
    Ok(asked)
}
