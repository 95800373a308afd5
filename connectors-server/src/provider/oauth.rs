//! What RFC 6749 and RFC 7636 make common to providers.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError,
    TokenResponse, TokenUrl,
    basic::{BasicClient, BasicErrorResponse, BasicTokenResponse},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{AuthorizeRequest, CodeExchange, ProviderErrorCode, ProviderFailure, ProviderHttp, Refusals};
use crate::{
    config::OAuthApp,
    model::{ExternalAccount, Secret, Timestamp},
};

/// What a provider granted. It is sealed before it is stored.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token, if there is one.
    pub refresh_token: Option<Secret>,
    /// How long the access token lives.
    pub expires_in: Option<Duration>,
    /// The scopes granted, sorted; `None` if the provider did not say.
    pub scopes: Option<Vec<String>>,
    /// What else of the provider's answer is needed to use the tokens, as the host where they are good.
    pub extra: BTreeMap<String, String>,
}

/// The form in which a grant is sealed.
#[derive(Serialize, Deserialize)]
struct SealedGrant {
    access_token: String,
    refresh_token: Option<String>,
    expires_at_micros: Option<i64>,
    scopes: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    extra: BTreeMap<String, String>,
}

impl Grant {
    /// The grant as JSON, to be sealed. Its lifetime becomes a point in time.
    pub fn to_json(&self, now: Timestamp) -> zeroize::Zeroizing<Vec<u8>> {
        let sealed = SealedGrant {
            access_token: self.access_token.expose().to_owned(),
            refresh_token: self.refresh_token.as_ref().map(|token| token.expose().to_owned()),
            expires_at_micros: self.expires_in.map(|lifetime| now.after(lifetime).as_micros()),
            scopes: self.scopes.clone(),
            extra: self.extra.clone(),
        };
        serde_json::to_vec(&sealed).unwrap_or_else(|_| unreachable!("strings and numbers are JSON")).into()
    }

    /// What [`to_json`](Self::to_json) made, with the point in time at which the access token expires.
    pub fn from_json(json: &[u8]) -> Result<(Self, Option<Timestamp>), serde_json::Error> {
        let sealed: SealedGrant = serde_json::from_slice(json)?;
        let grant = Self {
            access_token: Secret::new(sealed.access_token),
            refresh_token: sealed.refresh_token.map(Secret::new),
            expires_in: None,
            scopes: sealed.scopes,
            extra: sealed.extra,
        };
        Ok((grant, sealed.expires_at_micros.map(Timestamp::from_micros)))
    }
}

/// Whose grant it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The account.
    pub account: ExternalAccount,
    /// What else the provider said of it.
    pub metadata: serde_json::Map<String, serde_json::Value>,
    /// Other names by which deliveries call it. None of them looks like an id of an account.
    pub names: Vec<String>,
}

/// An OAuth client as the `oauth2` crate has it.
pub(super) struct OAuthClient<'a> {
    /// The app.
    pub(super) app: &'a OAuthApp,
    /// The authorization endpoint.
    pub(super) authorize_url: Url,
    /// The token endpoint.
    pub(super) token_url: Url,
    /// Where the app's credentials go.
    pub(super) credentials: Credentials,
    /// Whether the exchange carries the verifier of RFC 7636.
    pub(super) pkce: bool,
}

/// Where the app's credentials go in a request to the token endpoint (RFC 6749, section 2.3.1).
#[derive(Debug, Clone, Copy)]
pub(super) enum Credentials {
    InBody,
    InHeader,
}

impl OAuthClient<'_> {
    fn client(
        &self,
        redirect_uri: &str,
    ) -> BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet> {
        let client = BasicClient::new(ClientId::new(self.app.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.app.client_secret.expose().to_owned()))
            .set_auth_type(match self.credentials {
                Credentials::InBody => AuthType::RequestBody,
                Credentials::InHeader => AuthType::BasicAuth,
            })
            .set_auth_uri(AuthUrl::from_url(self.authorize_url.clone()))
            .set_token_uri(TokenUrl::from_url(self.token_url.clone()));
        match RedirectUrl::new(redirect_uri.to_owned()) {
            Ok(redirect) => client.set_redirect_uri(redirect),
            // The configuration lets no other text through than a URL.
            Err(_) => client,
        }
    }

    /// Where to send the user, with an S256 challenge.
    pub(super) fn authorize_url(&self, request: &AuthorizeRequest<'_>) -> Url {
        let state = CsrfToken::new(request.state.to_owned());
        let (url, _) = self
            .client(request.redirect_uri)
            .authorize_url(|| state)
            .add_scopes(request.scopes.iter().cloned().map(oauth2::Scope::new))
            .add_extra_param("code_challenge", request.code_challenge)
            .add_extra_param("code_challenge_method", "S256")
            .url();
        url
    }

    /// Exchanges a code.
    pub(super) async fn exchange_code(
        &self,
        http: &ProviderHttp,
        exchange: &CodeExchange<'_>,
        refusals: &Refusals,
    ) -> Result<Grant, ProviderFailure> {
        let endpoint = TokenEndpoint::new(http);
        let client = self.client(exchange.redirect_uri);
        let mut request = client.exchange_code(AuthorizationCode::new(exchange.code.expose().to_owned()));
        if self.pkce {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(exchange.code_verifier.expose().to_owned()));
        }
        let answered = request.request_async(&endpoint).await;
        endpoint.granted(answered, |error| refusals.contains(error))
    }

    /// Exchanges a refresh token for new tokens.
    pub(super) async fn refresh(
        &self,
        http: &ProviderHttp,
        refresh_token: &Secret,
        refusals: &[&str],
    ) -> Result<Grant, ProviderFailure> {
        let endpoint = TokenEndpoint::new(http);
        let client = self.client("");
        let refresh_token = RefreshToken::new(refresh_token.expose().to_owned());
        let answered = client.exchange_refresh_token(&refresh_token).request_async(&endpoint).await;
        endpoint.granted(answered, |error| error.as_str() == "invalid_grant" || refusals.contains(&error.as_str()))
    }
}

/// The token endpoint, called through the client for providers. Remembers the status of its answer.
struct TokenEndpoint<'a> {
    http: &'a ProviderHttp,
    status: AtomicU16,
}

type Answered = Result<BasicTokenResponse, RequestTokenError<ProviderFailure, BasicErrorResponse>>;

impl<'a> TokenEndpoint<'a> {
    fn new(http: &'a ProviderHttp) -> Self {
        Self { http, status: AtomicU16::new(200) }
    }

    /// What was granted; an error code for which `refused` holds means that asking again is of no use.
    fn granted(
        self,
        answered: Answered,
        refused: impl Fn(&ProviderErrorCode) -> bool,
    ) -> Result<Grant, ProviderFailure> {
        let status = self.status.into_inner();
        let failed = |error: Option<ProviderErrorCode>| match error {
            Some(error) if refused(&error) => ProviderFailure::Refused { error },
            error => ProviderFailure::Answered { status, error },
        };
        let tokens = answered.map_err(|error| match error {
            RequestTokenError::Request(failure) => failure,
            RequestTokenError::ServerResponse(response) => failed(ProviderErrorCode::parse(response.error().as_ref())),
            RequestTokenError::Parse(_, body) => failed(ProviderErrorCode::of_body(&body)),
            RequestTokenError::Other(_) => failed(None),
        })?;
        Ok(Grant {
            access_token: Secret::new(tokens.access_token().secret()),
            refresh_token: tokens.refresh_token().map(|token| Secret::new(token.secret())),
            expires_in: tokens.expires_in(),
            scopes: tokens.scopes().map(|scopes| {
                // GitHub and Slack separate them by commas, RFC 6749 by spaces.
                let mut scopes: Vec<String> = scopes
                    .iter()
                    .flat_map(|scope| scope.split([',', ' ']))
                    .filter(|scope| !scope.is_empty())
                    .map(str::to_owned)
                    .collect();
                scopes.sort();
                scopes
            }),
            extra: BTreeMap::new(),
        })
    }
}

impl<'c> AsyncHttpClient<'c> for TokenEndpoint<'_> {
    type Error = ProviderFailure;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, ProviderFailure>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let request = reqwest::Request::try_from(request).map_err(ProviderFailure::Unreachable)?;
            let answer = self.http.send(request).await?;
            self.status.store(answer.status.as_u16(), Ordering::Relaxed);
            let mut response = http::Response::new(answer.body);
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers;
            Ok(response)
        })
    }
}
