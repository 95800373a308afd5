//! GitHub: an OAuth app with PKCE, and signed webhooks.
//!
//! Sources: "Authorizing OAuth apps" and "Webhook events and payloads" of GitHub's documentation.

mod catch_up;
mod events;
mod payload;

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{
    Account, Answer, Api, AuthorizeRequest, CodeExchange, Delivery, DeliveryId, Descriptor, Encoding, Event, Fetcher,
    Grant, Identity, Interpretation, Malformed, Provider, ProviderFailure, Refusals, Revocation, SecretSource,
    Signature, Signed, Versions, Voucher, WebhookScheme, json_object,
    oauth::{Credentials, OAuthClient},
};
use crate::{
    config::{OAuthApp, ProviderConfig},
    model::{ExternalAccount, Secret, SignalKind, display_text, web_url},
};

/// GitHub, or a GitHub Enterprise Server at the configured base URL.
#[derive(Debug, Clone, Copy)]
pub(super) struct GitHub;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "github",
    display_name: "GitHub",
    family: None,
    settings: &[],
    scopes: &["read:org", "read:user"],
    // "Validating webhook deliveries" of GitHub's documentation.
    webhook: WebhookScheme {
        event_header: Some(EVENT),
        id: DeliveryId::Header(ID),
        own: Some(Signed { secret: SecretSource::Derived, signature: SIGNATURE }),
        app: Some(Signed { secret: SecretSource::Webhook, signature: SIGNATURE }),
        forms: true,
        handshake: None,
        names_account: true,
        kept: None,
    },
    signal_kinds: &[
        SignalKind::IssueCreated,
        SignalKind::IssueUpdated,
        SignalKind::IssueClosed,
        SignalKind::IssueReopened,
        SignalKind::IssueComment,
        SignalKind::PrOpened,
        SignalKind::PrClosed,
        SignalKind::PrMerged,
        SignalKind::PrReopened,
        SignalKind::PrUpdated,
        SignalKind::PrReview,
        SignalKind::CodePushed,
        SignalKind::ReleasePublished,
    ],
    // GitHub sends them with HTTP 200.
    refusals: Refusals {
        code: "bad_verification_code",
        redirect_uri: "redirect_uri_mismatch",
        others: &["invalid_grant"],
    },
    // The grant stays: other tokens of the same user hang on it.
    revocation: Revocation::WithLastUse,
    // "The temporary code will expire after 10 minutes."
    code_lifetime: Duration::from_secs(10 * 60),
    token_lifetime: None,
    data_centers: &[],
};

const EVENT: &str = "X-GitHub-Event";
const ID: &str = "X-GitHub-Delivery";
const SIGNATURE: Signature =
    Signature::Hmac { header: "X-Hub-Signature-256", prefix: "sha256=", encoding: Encoding::Hex, signed_time: None };

/// The issuer that github.com names in `iss`.
const ISSUER: &str = "https://github.com/login/oauth";

/// Where OAuth pages and API live: apart at github.com, on one host at an Enterprise Server.
struct Endpoints {
    web: Url,
    api: Url,
}

impl Endpoints {
    fn of(config: &ProviderConfig) -> Self {
        let parse = |text: &str| Url::parse(text).unwrap_or_else(|_| unreachable!("{text} is a URL"));
        match &config.base_url {
            Some(base) => Self { web: base.clone(), api: join(base, "api/v3/") },
            None => Self { web: parse("https://github.com/"), api: parse("https://api.github.com/") },
        }
    }

    fn oauth<'a>(&self, app: &'a OAuthApp) -> OAuthClient<'a> {
        OAuthClient {
            app,
            authorize_url: join(&self.web, "login/oauth/authorize"),
            token_url: join(&self.web, "login/oauth/access_token"),
            credentials: Credentials::InBody,
            pkce: true,
        }
    }
}

fn failure(answer: &Answer) -> ProviderFailure {
    match answer.failure() {
        ProviderFailure::Answered { status: 401, error } => ProviderFailure::TokenRefused { status: 401, error },
        failure => failure,
    }
}

fn join(base: &Url, path: &str) -> Url {
    base.join(path).unwrap_or_else(|_| unreachable!("{path} is a relative path"))
}

#[async_trait]
impl Provider for GitHub {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn issuers(&self, config: &ProviderConfig) -> Vec<String> {
        let own = config.base_url.as_ref().map(|base| join(base, "login/oauth").to_string());
        [ISSUER.to_owned()].into_iter().chain(own).collect()
    }

    fn authorize_url(&self, config: &ProviderConfig, app: &OAuthApp, request: &AuthorizeRequest<'_>) -> Url {
        Endpoints::of(config).oauth(app).authorize_url(request)
    }

    async fn exchange_code(&self, api: Api<'_>, exchange: &CodeExchange<'_>) -> Result<Grant, ProviderFailure> {
        Endpoints::of(api.config).oauth(api.app).exchange_code(api.http, exchange, &DESCRIPTOR.refusals).await
    }

    /// The user tokens of a GitHub App expire, if the app says so; those of an OAuth app don't.
    async fn refresh(&self, api: Api<'_>, _: &Grant, refresh_token: &Secret) -> Result<Grant, ProviderFailure> {
        // "Refreshing user access tokens": sent with HTTP 200.
        Endpoints::of(api.config).oauth(api.app).refresh(api.http, refresh_token, &["bad_refresh_token"]).await
    }

    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure> {
        let request = api
            .http
            .client()
            .get(join(&Endpoints::of(api.config).api, "user"))
            .bearer_auth(grant.access_token.expose())
            .header("accept", "application/vnd.github+json")
            .build()
            .map_err(ProviderFailure::Unreachable)?;
        self.identity(&api.http.send(request).await?)
    }

    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure> {
        let user: User = match serde_json::from_slice(&answer.body) {
            Ok(user) if answer.status.is_success() => user,
            _ => return Err(failure(answer)),
        };
        let metadata = user.r#type.map(|kind| ("account_type".to_owned(), json!(kind)));
        Ok(Identity {
            account: ExternalAccount {
                id: user.id.to_string(),
                name: display_text(&user.login),
                url: user.html_url.as_deref().and_then(web_url),
            },
            metadata: metadata.into_iter().collect(),
            names: Vec::new(),
        })
    }

    async fn revoke_token(&self, api: Api<'_>, grant: &Grant) -> Result<(), ProviderFailure> {
        let path = format!("applications/{}/token", api.app.client_id);
        let request = api
            .http
            .client()
            .delete(join(&Endpoints::of(api.config).api, &path))
            .basic_auth(&api.app.client_id, Some(api.app.client_secret.expose()))
            .header("accept", "application/vnd.github+json")
            .json(&json!({ "access_token": grant.access_token.expose() }))
            .build()
            .map_err(ProviderFailure::Unreachable)?;
        let answer = api.http.send(request).await?;
        // 422: GitHub doesn't know the token any more, which is what was wanted.
        if answer.status.is_success() || answer.status.as_u16() == 422 { Ok(()) } else { Err(answer.failure()) }
    }

    fn parse(&self, delivery: &Delivery<'_>, _: Voucher) -> Result<Event, Malformed> {
        let payload = json_object(match form_payload(delivery.body) {
            Some(json) => serde_json::from_str(&json?),
            None => serde_json::from_slice(delivery.body),
        })?;
        Ok(Event {
            name: delivery.header(EVENT).unwrap_or_default().to_owned(),
            delivery_id: delivery.header(ID).map(str::to_owned),
            account: events::account(payload.get()).map(Account::Id),
            payload,
        })
    }

    fn interpret(&self, event: &Event) -> Interpretation {
        events::interpret(&event.name, event.payload.get())
    }

    fn versions(&self, event: &Event) -> Versions {
        catch_up::versions(&event.name, event.payload.get())
    }

    fn fetcher(&self) -> Option<&dyn Fetcher> {
        Some(&catch_up::CatchUp)
    }
}

/// The JSON of a form's only field, `payload`; `None` if the body is no such form.
///
/// The media type does not decide: it is not signed, and a JSON body that is read as a form could hold a `payload` of
/// somebody else's making. The first byte is signed.
fn form_payload(body: &[u8]) -> Option<Result<String, Malformed>> {
    if !body.starts_with(b"payload=") {
        return None;
    }
    let mut fields = form_urlencoded::parse(body);
    let json = fields.next().map(|(_, value)| value.into_owned());
    let alone = fields.next().is_none();
    Some(json.filter(|_| alone).ok_or_else(|| Malformed("must be a form whose only field is `payload`".into())))
}

/// `GET /user`, as far as it is read.
#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    html_url: Option<String>,
    r#type: Option<String>,
}
