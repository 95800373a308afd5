//! Slack: an app that is installed with OAuth v2, acts as a bot, and hears of events at a single URL.
//!
//! Sources, all of Slack's documentation: "Installing with OAuth", "Verifying requests from Slack", "Events API", and the pages
//! of `oauth.v2.access`, `auth.test` and `auth.revoke`.

mod events;
mod payload;
mod text;
mod web_api;

use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use super::{
    Account, Answer, Api, AuthorizeRequest, CodeExchange, Delivery, DeliveryId, Descriptor, Encoding, Event, Grant,
    Handshake, Identity, Interpretation, Malformed, Provider, ProviderFailure, Refusals, Revocation, SecretSource,
    Signature, Signed, SignedTime, Voucher, WebhookScheme, json_object,
    oauth::{Credentials, OAuthClient},
};
use crate::{
    config::{OAuthApp, ProviderConfig},
    model::{Secret, SignalKind},
};

/// Slack.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slack;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "slack",
    display_name: "Slack",
    family: None,
    settings: &[],
    // Those that the events need which become signals.
    scopes: &["channels:history", "groups:history", "reactions:read"],
    webhook: WebhookScheme {
        event_header: None,
        id: DeliveryId::Field("event_id"),
        own: None,
        app: Some(Signed {
            secret: SecretSource::Webhook,
            signature: Signature::Hmac {
                header: "X-Slack-Signature",
                prefix: "v0=",
                encoding: Encoding::Hex,
                signed_time: Some(SignedTime {
                    header: "X-Slack-Request-Timestamp",
                    version: "v0",
                    tolerance: Duration::from_secs(5 * 60),
                }),
            },
        }),
        forms: false,
        handshake: Some(Handshake { field: "type", value: "url_verification", answer: "challenge" }),
        names_account: true,
        kept: None,
    },
    signal_kinds: &[
        SignalKind::MessagePosted,
        SignalKind::MessageUpdated,
        SignalKind::MessageDeleted,
        SignalKind::ReactionAdded,
    ],
    refusals: Refusals {
        code: "invalid_code",
        redirect_uri: "bad_redirect_uri",
        // Nor does a code that was made at the page of OAuth v1 become good by trying again.
        others: &["oauth_authorization_url_mismatch"],
    },
    // A workspace has one bot token of an app, which all who installed it there share.
    revocation: Revocation::WithLastConnection,
    // "Note that this code is only valid for 10 minutes".
    code_lifetime: Duration::from_secs(10 * 60),
    token_lifetime: None,
    data_centers: &[],
};

struct Endpoints(Url);

impl Endpoints {
    fn of(config: &ProviderConfig) -> Self {
        let slack = || Url::parse("https://slack.com/").unwrap_or_else(|_| unreachable!("it is a URL"));
        Self(config.base_url.clone().unwrap_or_else(slack))
    }

    fn at(&self, path: &str) -> Url {
        self.0.join(path).unwrap_or_else(|_| unreachable!("{path} is a relative path"))
    }

    fn oauth<'a>(&self, app: &'a OAuthApp) -> OAuthClient<'a> {
        OAuthClient {
            app,
            authorize_url: self.at("oauth/v2/authorize"),
            token_url: self.at("api/oauth.v2.access"),
            credentials: Credentials::InHeader,
            pkce: false,
        }
    }
}

#[async_trait]
impl Provider for Slack {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// Slack sends no `iss`.
    fn issuers(&self, _: &ProviderConfig) -> Vec<String> {
        Vec::new()
    }

    /// Without PKCE: with it an app becomes a public client, for good.
    fn authorize_url(&self, config: &ProviderConfig, app: &OAuthApp, request: &AuthorizeRequest<'_>) -> Url {
        let mut url = Endpoints::of(config).at("oauth/v2/authorize");
        url.query_pairs_mut()
            .append_pair("client_id", &app.client_id)
            .append_pair("scope", &request.scopes.join(","))
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("state", request.state);
        url
    }

    async fn exchange_code(&self, api: Api<'_>, exchange: &CodeExchange<'_>) -> Result<Grant, ProviderFailure> {
        Endpoints::of(api.config).oauth(api.app).exchange_code(api.http, exchange, &DESCRIPTOR.refusals).await
    }

    /// "Token rotation": an app that has it turned on gets tokens of 12 hours.
    async fn refresh(&self, api: Api<'_>, _: &Grant, refresh_token: &Secret) -> Result<Grant, ProviderFailure> {
        let gone = ["invalid_refresh_token", "token_revoked", "account_inactive"];
        Endpoints::of(api.config).oauth(api.app).refresh(api.http, refresh_token, &gone).await
    }

    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure> {
        let url = Endpoints::of(api.config).at("api/auth.test");
        self.identity(&web_api::call(api.http, url, &grant.access_token).await?)
    }

    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure> {
        web_api::identity(answer)
    }

    async fn revoke_token(&self, api: Api<'_>, grant: &Grant) -> Result<(), ProviderFailure> {
        let url = Endpoints::of(api.config).at("api/auth.revoke");
        web_api::revoked(&web_api::call(api.http, url, &grant.access_token).await?)
    }

    fn parse(&self, delivery: &Delivery<'_>, _: Voucher) -> Result<Event, Malformed> {
        let payload = json_object(serde_json::from_slice(delivery.body))?;
        let (delivery_id, account) = events::envelope(payload.get());
        Ok(Event { name: String::new(), delivery_id, account: account.map(Account::Id), payload })
    }

    fn interpret(&self, event: &Event) -> Interpretation {
        events::interpret(event.payload.get())
    }
}
