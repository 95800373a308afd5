//! Google's OAuth: "Using OAuth 2.0 for Web Server Applications" and "OpenID Connect".

use std::time::Duration;

use serde::Deserialize;
use serde_json::Map;
use url::Url;

use super::{Endpoints, REFUSALS, api};
use crate::{
    config::{OAuthApp, ProviderConfig},
    model::{ExternalAccount, Secret, display_text},
    provider::{
        Answer, Api, AuthorizeRequest, CodeExchange, Descriptor, Grant, Identity, ProviderErrorCode, ProviderFailure,
        oauth::{Credentials, OAuthClient},
    },
};

/// The issuer that Google names in `iss`.
pub(super) const ISSUER: &str = "https://accounts.google.com";

/// The user did not grant what the product needs ("granular permissions"): RFC 6750, section 3.1.
pub(super) const INSUFFICIENT_SCOPE: &str = "insufficient_scope";

/// How long an access token lives, in all of the documentation's answers.
pub(super) const TOKEN_LIFETIME: Duration = Duration::from_secs(3_599);

/// What is asked for with every product's scopes, to learn whose tokens they are.
const SIGN_IN: [&str; 2] = ["openid", "email"];

/// Whether a granted scope serves the sign-in alone; Google writes `email` as a URL in its answer.
fn is_sign_in(scope: &str) -> bool {
    matches!(scope, "openid" | "email" | "profile") || scope.starts_with("https://www.googleapis.com/auth/userinfo.")
}

fn client<'a>(config: &ProviderConfig, app: &'a OAuthApp) -> OAuthClient<'a> {
    let endpoints = Endpoints::of(config);
    OAuthClient {
        app,
        authorize_url: endpoints.accounts("o/oauth2/v2/auth"),
        token_url: endpoints.oauth("token"),
        credentials: Credentials::InBody,
        pkce: true,
    }
}

/// With `prompt=consent`, without which Google gives a refresh token only the first time; and with all that the user has
/// granted the app before, which the connection shows too.
pub(super) fn authorize_url(config: &ProviderConfig, app: &OAuthApp, request: &AuthorizeRequest<'_>) -> Url {
    let scopes: Vec<String> = SIGN_IN.map(str::to_owned).into_iter().chain(request.scopes.iter().cloned()).collect();
    let mut url = client(config, app).authorize_url(&AuthorizeRequest { scopes: &scopes, ..*request });
    url.query_pairs_mut()
        .append_pair("access_type", "offline")
        .append_pair("prompt", "consent")
        .append_pair("include_granted_scopes", "true");
    url
}

/// Exchanges a code. The user may have granted less than was asked for; what grants nothing of the product is refused.
pub(super) async fn exchange_code(
    api: Api<'_>,
    exchange: &CodeExchange<'_>,
    descriptor: &Descriptor,
) -> Result<Grant, ProviderFailure> {
    let grant = shown(client(api.config, api.app).exchange_code(api.http, exchange, &REFUSALS).await?);
    let granted = grant.scopes.as_ref();
    if granted.is_none_or(|granted| granted.iter().any(|scope| descriptor.scopes.contains(&scope.as_str()))) {
        return Ok(grant);
    }
    let error = ProviderErrorCode::parse(INSUFFICIENT_SCOPE).unwrap_or_else(|| unreachable!("it is a code"));
    Err(ProviderFailure::Refused { error })
}

pub(super) async fn refresh(api: Api<'_>, refresh_token: &Secret) -> Result<Grant, ProviderFailure> {
    Ok(shown(client(api.config, api.app).refresh(api.http, refresh_token, &[]).await?))
}

/// The scopes that a connection shows: all that the token is good for but the sign-in, those of other products included that
/// the user granted before.
fn shown(mut grant: Grant) -> Grant {
    if let Some(scopes) = &mut grant.scopes {
        scopes.retain(|scope| !is_sign_in(scope));
    }
    grant
}

/// Takes back all that the token's user granted the app, for all products.
pub(super) async fn revoke(api: Api<'_>, token: &Secret) -> Result<(), ProviderFailure> {
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("token", token.expose()).finish();
    let request = api
        .http
        .client()
        .post(Endpoints::of(api.config).oauth("revoke"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .build()
        .map_err(ProviderFailure::Unreachable)?;
    let answer = api.http.send(request).await?;
    match answer.failure() {
        _ if answer.status.is_success() => Ok(()),
        // Google doesn't know it any more, which is what was wanted.
        ProviderFailure::Answered { error: Some(error), .. } if error.as_str() == "invalid_token" => Ok(()),
        failure => Err(failure),
    }
}

/// `GET /v1/userinfo`, as far as it is read.
#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    email: Option<String>,
}

/// Asks whose tokens these are.
pub(super) async fn userinfo(api: Api<'_>, grant: &Grant) -> Result<Answer, ProviderFailure> {
    let url = Endpoints::of(api.config).openid("v1/userinfo");
    let request = api.http.client().get(url).bearer_auth(grant.access_token.expose()).build();
    api.http.send(request.map_err(ProviderFailure::Unreachable)?).await
}

/// The Google account: its id never changes, its address may.
pub(super) fn account(answer: &Answer) -> Result<Identity, ProviderFailure> {
    let UserInfo { sub, email } = api::read(answer)?;
    // "Never more than 255 … ASCII characters"; it is looked up and stored.
    if !(1..=255).contains(&sub.len()) || !sub.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(ProviderFailure::Answered { status: answer.status.as_u16(), error: None });
    }
    let name = display_text(email.as_deref().unwrap_or_default());
    Ok(Identity {
        names: vec![grant_name(&sub)],
        account: ExternalAccount { name: if name.is_empty() { sub.clone() } else { name }, id: sub, url: None },
        metadata: Map::new(),
    })
}

/// What the grant of an account is called: the products' connections to it share one, which is revoked as a whole.
fn grant_name(sub: &str) -> String {
    format!("{}google:{sub}", crate::provider::SHARED_GRANT)
}
