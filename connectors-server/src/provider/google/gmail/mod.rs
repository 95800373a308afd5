//! Gmail: the history of a mailbox, and the push messages of Pub/Sub that announce its growth.
//!
//! Sources, all of Google's documentation: "Synchronize clients with Gmail" and "Configure push notifications in Gmail API", the
//! pages of `users.getProfile`, `users.history.list`, `users.messages`, `users.watch` and `users.stop`; and of Pub/Sub
//! "Authenticate push subscriptions".

mod fetch;
mod history;
mod message;
mod push;

use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{json, value::RawValue};
use url::Url;

use super::{Endpoints, FAMILY, Product, REFUSALS, api, oauth};
use crate::{
    config::{ProviderConfig, ProviderSetting},
    model::{ExternalAccount, SignalDraft, SignalKind, Timestamp, display_text},
    provider::{
        Answer, Api, Delivery, Descriptor, Event, Fetched, Fetcher, Grant, Identity, Interpretation,
        LONGEST_CODE_LIFETIME, Malformed, ProviderFailure, ProviderHttp, Revocation, Session, SubscribeRequest,
        Subscriber, Subscription,
    },
};

/// Gmail.
#[derive(Debug)]
pub(super) struct Gmail;

/// The Pub/Sub topic that Gmail publishes to.
const TOPIC: &str = "TOPIC";
/// What stands in `aud` of a push message's token.
const AUDIENCE: &str = "AUDIENCE";
/// The account with which Pub/Sub signs in.
const SERVICE_ACCOUNT: &str = "SERVICE_ACCOUNT";

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    name: "gmail",
    display_name: "Gmail",
    family: FAMILY,
    settings: &[
        ProviderSetting {
            name: TOPIC,
            help: "The Pub/Sub topic that Gmail publishes to, as projects/my-project/topics/gmail. Without it mailboxes are \
                   looked at every ten minutes.",
            check: topic,
        },
        ProviderSetting {
            name: AUDIENCE,
            help: "The audience that the Pub/Sub push subscription is configured with.",
            check: |_| Ok(()),
        },
        ProviderSetting {
            name: SERVICE_ACCOUNT,
            help: "The address of the service account that the Pub/Sub push subscription signs in with.",
            check: address,
        },
    ],
    // Headers and labels of mail, and never a body.
    scopes: &["https://www.googleapis.com/auth/gmail.metadata"],
    webhook: push::SCHEME,
    signal_kinds: &[
        SignalKind::EmailReceived,
        SignalKind::EmailSent,
        SignalKind::EmailUpdated,
        SignalKind::EmailDeleted,
    ],
    refusals: REFUSALS,
    code_lifetime: LONGEST_CODE_LIFETIME,
    token_lifetime: Some(oauth::TOKEN_LIFETIME),
    data_centers: &[],
    revocation: Revocation::WithLastConnection,
};

fn topic(text: &str) -> Result<(), String> {
    match text.split('/').collect::<Vec<_>>()[..] {
        ["projects", project, "topics", topic] if !project.is_empty() && !topic.is_empty() => Ok(()),
        _ => Err("must be projects/<project>/topics/<topic>".into()),
    }
}

fn address(text: &str) -> Result<(), String> {
    if text.contains('@') { Ok(()) } else { Err("must be the address of a service account".into()) }
}

fn endpoint(config: &ProviderConfig, path: &str) -> Url {
    Endpoints::of(config).gmail(&format!("gmail/v1/users/me/{path}"))
}

/// `users.getProfile`, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    email_address: String,
    history_id: String,
}

/// `users.watch`'s answer, as far as it is read.
#[derive(Deserialize)]
struct Watch {
    /// In milliseconds since 1970.
    expiration: String,
}

#[async_trait]
impl Fetcher for Gmail {
    fn interval(&self) -> Duration {
        Duration::from_secs(10 * 60)
    }

    async fn fetch(&self, session: &Session<'_>, cursor: Option<&str>) -> Result<Fetched, ProviderFailure> {
        fetch::fetch(session, cursor).await
    }

    fn draft(&self, kind: SignalKind, account: &ExternalAccount, payload: &RawValue) -> Option<SignalDraft> {
        message::draft(kind, account, &serde_json::from_str(payload.get()).ok()?)
    }
}

#[async_trait]
impl Subscriber for Gmail {
    /// A watch lasts for seven days; "we recommend calling `watch` once per day".
    fn margin(&self) -> Duration {
        Duration::from_secs(6 * 24 * 60 * 60)
    }

    /// A mailbox has one watch, whoever asks for it: all of its connections have the same subscription.
    async fn subscribe(
        &self,
        session: &Session<'_>,
        _: &SubscribeRequest<'_>,
    ) -> Result<Vec<Subscription>, ProviderFailure> {
        let Some(topic) = session.api.config.settings.get(TOPIC) else { return Ok(Vec::new()) };
        let answer = api::post(session, endpoint(session.api.config, "watch"), &json!({ "topicName": topic })).await?;
        let Watch { expiration } = api::read(&answer)?;
        let millis: Option<i64> = expiration.parse().ok();
        Ok(vec![Subscription {
            id: session.account.id.clone(),
            resource: session.account.id.clone(),
            secret: None,
            expires_at: millis.map(|millis| Timestamp::from_micros(millis.saturating_mul(1_000))),
        }])
    }

    async fn unsubscribe(&self, session: &Session<'_>, _: &Subscription) -> Result<(), ProviderFailure> {
        api::post(session, endpoint(session.api.config, "stop"), &json!({})).await.map(drop)
    }
}

#[async_trait]
impl Product for Gmail {
    /// The mailbox's address is what push messages name it by; the account's id, what tells whose grant it is.
    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure> {
        let names = oauth::account(&oauth::userinfo(api, grant).await?)?.names;
        let request =
            api.http.client().get(endpoint(api.config, "profile")).bearer_auth(grant.access_token.expose()).build();
        let answer = api.http.send(request.map_err(ProviderFailure::Unreachable)?).await?;
        Ok(Identity { names, ..self.identity(&answer)? })
    }

    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure> {
        let Profile { email_address, .. } = api::read(answer)?;
        let Some(address) = push::address(&email_address) else {
            return Err(ProviderFailure::Answered { status: answer.status.as_u16(), error: None });
        };
        let name = display_text(&email_address);
        let account = ExternalAccount { id: address, name, url: None };
        Ok(Identity { account, metadata: serde_json::Map::new(), names: Vec::new() })
    }

    fn parse(&self, delivery: &Delivery<'_>) -> Result<Event, Malformed> {
        push::parse(delivery)
    }

    fn interpret(&self, event: &Event) -> Interpretation {
        if event.account.is_some() { Interpretation::Ring } else { Interpretation::Ignored }
    }

    async fn vouches(
        &self,
        http: &ProviderHttp,
        config: &ProviderConfig,
        delivery: &Delivery<'_>,
        now: Timestamp,
    ) -> bool {
        push::is_signed(http, config, delivery, now).await
    }

    fn fetcher(&self) -> &dyn Fetcher {
        self
    }

    fn subscriber(&self) -> &dyn Subscriber {
        self
    }
}
