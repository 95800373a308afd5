//! Jira Cloud: an app with OAuth 2.0 (3LO), whose grant is a user's and good at the sites that the user picks.
//!
//! Sources, all of Atlassian's documentation: "OAuth 2.0 (3LO) apps", "User identity API", "Webhooks" of Jira Cloud platform, and
//! groups "Webhooks" and "Issue search" of "The Jira Cloud platform REST API".

mod catch_up;
mod events;
mod identity;
mod payload;
mod versions;
mod webhooks;

use std::time::Duration;

use async_trait::async_trait;
use url::Url;

use super::{
    Answer, Api, AuthorizeRequest, CodeExchange, Delivery, DeliveryId, Descriptor, Encoding, Event, Fetcher, Grant,
    Identity, Interpretation, LONGEST_CODE_LIFETIME, Malformed, Provider, ProviderFailure, Refusals, Revocation,
    SecretSource, Signature, Signed, Subscriber, Versions, Voucher, WebhookScheme, json_object,
    oauth::{Credentials, OAuthClient},
};
use crate::{
    config::{OAuthApp, ProviderConfig},
    model::{Secret, SignalKind},
};

/// Jira Cloud.
#[derive(Debug, Clone, Copy)]
pub(super) struct Jira;

static DESCRIPTOR: Descriptor = Descriptor {
    name: "jira",
    display_name: "Jira",
    family: None,
    settings: &[],
    // `offline_access` is a refresh token, `read:me` tells whose they are, the others are what dynamic webhooks need.
    scopes: &["manage:jira-webhook", "offline_access", "read:jira-work", "read:me"],
    webhook: WebhookScheme {
        event_header: None,
        id: DeliveryId::Header(ID),
        // A webhook that an admin of the site has set up, with a secret.
        own: Some(Signed {
            secret: SecretSource::Derived,
            signature: Signature::Hmac {
                header: "X-Hub-Signature",
                prefix: "sha256=",
                encoding: Encoding::Hex,
                signed_time: None,
            },
        }),
        // A dynamic webhook.
        app: Some(Signed { secret: SecretSource::Client, signature: Signature::Jwt }),
        forms: false,
        handshake: None,
        names_account: true,
        kept: None,
    },
    signal_kinds: &[
        SignalKind::IssueCreated,
        SignalKind::IssueUpdated,
        SignalKind::IssueReopened,
        SignalKind::IssueResolved,
        SignalKind::IssueComment,
    ],
    // Atlassian's sign-in is built on Auth0, whose words these are.
    refusals: Refusals { code: "invalid_grant", redirect_uri: "unauthorized_client", others: &[] },
    code_lifetime: LONGEST_CODE_LIFETIME,
    token_lifetime: Some(Duration::from_secs(60 * 60)),
    data_centers: &[],
    revocation: Revocation::WithLastUse,
};

const ID: &str = "X-Atlassian-Webhook-Identifier";

/// Where sign-in and API live: apart at Atlassian, on one host at a stand-in.
struct Endpoints {
    auth: Url,
    api: Url,
}

impl Endpoints {
    fn of(config: &ProviderConfig) -> Self {
        let parse = |text: &str| Url::parse(text).unwrap_or_else(|_| unreachable!("{text} is a URL"));
        match &config.base_url {
            Some(base) => Self { auth: base.clone(), api: base.clone() },
            None => Self { auth: parse("https://auth.atlassian.com/"), api: parse("https://api.atlassian.com/") },
        }
    }

    fn oauth<'a>(&self, app: &'a OAuthApp) -> OAuthClient<'a> {
        OAuthClient {
            app,
            authorize_url: join(&self.auth, "authorize"),
            token_url: join(&self.auth, "oauth/token"),
            credentials: Credentials::InBody,
            pkce: false,
        }
    }

    /// The dynamic webhooks at a site.
    fn webhooks(&self, cloud_id: &str) -> Url {
        join(&self.api, &format!("ex/jira/{cloud_id}/rest/api/3/webhook"))
    }

    /// The search through the issues of a site.
    fn search(&self, cloud_id: &str) -> Url {
        join(&self.api, &format!("ex/jira/{cloud_id}/rest/api/3/search/jql"))
    }
}

fn join(base: &Url, path: &str) -> Url {
    base.join(path).unwrap_or_else(|_| unreachable!("{path} is a relative path"))
}

#[async_trait]
impl Provider for Jira {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    /// Atlassian sends no `iss`.
    fn issuers(&self, _: &ProviderConfig) -> Vec<String> {
        Vec::new()
    }

    /// Without PKCE, which the documentation does not know.
    fn authorize_url(&self, config: &ProviderConfig, app: &OAuthApp, request: &AuthorizeRequest<'_>) -> Url {
        let mut url = join(&Endpoints::of(config).auth, "authorize");
        url.query_pairs_mut()
            .append_pair("audience", "api.atlassian.com")
            .append_pair("client_id", &app.client_id)
            .append_pair("scope", &request.scopes.join(" "))
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("state", request.state)
            .append_pair("response_type", "code")
            .append_pair("prompt", "consent");
        url
    }

    async fn exchange_code(&self, api: Api<'_>, exchange: &CodeExchange<'_>) -> Result<Grant, ProviderFailure> {
        Endpoints::of(api.config).oauth(api.app).exchange_code(api.http, exchange, &DESCRIPTOR.refusals).await
    }

    /// Refresh tokens rotate. "Why am I getting the error …": a token that is spent, unused for 90 days or of a user whose password
    /// was changed is answered with 403 and `invalid_grant` or `unauthorized_client`.
    async fn refresh(&self, api: Api<'_>, _: &Grant, refresh_token: &Secret) -> Result<Grant, ProviderFailure> {
        Endpoints::of(api.config).oauth(api.app).refresh(api.http, refresh_token, &["unauthorized_client"]).await
    }

    fn subscriber(&self) -> Option<&dyn Subscriber> {
        Some(self)
    }

    fn fetcher(&self) -> Option<&dyn Fetcher> {
        Some(&catch_up::CatchUp)
    }

    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure> {
        let endpoints = Endpoints::of(api.config);
        let ask = async |path| {
            let request = api
                .http
                .client()
                .get(join(&endpoints.api, path))
                .bearer_auth(grant.access_token.expose())
                .header("accept", "application/json")
                .build();
            api.http.send(request.map_err(ProviderFailure::Unreachable)?).await
        };
        let identity = self.identity(&ask("me").await?)?;
        self.identity_beside(identity, &ask("oauth/token/accessible-resources").await?)
    }

    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure> {
        identity::of_user(answer)
    }

    fn identity_beside(&self, identity: Identity, answer: &Answer) -> Result<Identity, ProviderFailure> {
        identity::with_sites(identity, answer)
    }

    /// Atlassian has no endpoint that takes tokens back: the access token ends within the hour, the refresh token after 90 days
    /// without use, and a user withdraws the grant on the page "Connected apps" of the account.
    async fn revoke_token(&self, _: Api<'_>, _: &Grant) -> Result<(), ProviderFailure> {
        Ok(())
    }

    fn parse(&self, delivery: &Delivery<'_>, voucher: Voucher) -> Result<Event, Malformed> {
        let payload = json_object(serde_json::from_slice(delivery.body))?;
        let (account, host) = events::account(payload.get(), voucher);
        // "Uniquely identify webhooks within a particular Atlassian tenant": another site's may be the same.
        let id = delivery.header(ID).filter(|id| !id.is_empty());
        let delivery_id = id.map(|id| format!("{}/{id}", host.unwrap_or_default()));
        Ok(Event { name: String::new(), delivery_id, account, payload })
    }

    fn interpret(&self, event: &Event) -> Interpretation {
        events::interpret(event.payload.get())
    }

    fn versions(&self, event: &Event) -> Versions {
        versions::of_delivery(event.payload.get())
    }
}
