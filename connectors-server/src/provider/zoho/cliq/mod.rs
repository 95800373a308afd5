//! Zoho Cliq: bots that hear of messages, and tell a webhook.
//!
//! Sources, of Zoho Cliq's documentation: "Bot Participation Handler", "Webhook based extensions" and its page on validating a
//! request's signature, "Bot handlers"; of Zoho's Catalyst CLI the sample events of its Cliq integration, which show a delivery
//! whole; and of Zoho Accounts the user info that identifies the user. To hear of messages takes no scope.

mod events;
mod payload;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::Map;

use super::{
    CODE_LIFETIME, DATA_CENTERS, Product, REFUSALS, TOKEN_LIFETIME,
    oauth::{self, Hosts},
    text::Number,
};
use crate::{
    model::{ExternalAccount, SignalKind, display_text},
    provider::{
        Answer, Api, Delivery, DeliveryId, Descriptor, Event, Grant, Identity, Interpretation, Malformed,
        ProviderFailure, Revocation, SecretSource, Signature, Signed, WebhookScheme, json_object,
    },
};

/// Zoho Cliq.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cliq;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    name: "zoho-cliq",
    display_name: "Zoho Cliq",
    family: Some("zoho"),
    settings: &[],
    scopes: &["AaaServer.profile.READ"],
    webhook: WebhookScheme {
        event_header: None,
        id: DeliveryId::Body,
        own: Some(Signed { secret: SecretSource::Derived, signature: Signature::Token { header: "X-Webhook-Secret" } }),
        app: Some(Signed { secret: SecretSource::Webhook, signature: Signature::Rsa { header: "X-Cliq-Signature" } }),
        forms: false,
        handshake: None,
        names_account: false,
        kept: None,
    },
    signal_kinds: &[SignalKind::MessagePosted, SignalKind::MessageUpdated, SignalKind::MessageDeleted],
    refusals: REFUSALS,
    revocation: Revocation::WithLastUse,
    code_lifetime: CODE_LIFETIME,
    token_lifetime: Some(TOKEN_LIFETIME),
    data_centers: &DATA_CENTERS,
};

/// `GET /oauth/user/info`, as far as it is read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct UserInfo {
    #[serde(rename = "ZUID")]
    zuid: Option<Number>,
    #[serde(rename = "Display_Name")]
    display_name: Option<String>,
    #[serde(rename = "Email")]
    email: Option<String>,
}

#[async_trait]
impl Product for Cliq {
    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure> {
        self.identity(&oauth::get(api.http, Hosts::of(api.config, grant).accounts("oauth/user/info"), grant).await?)
    }

    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure> {
        let user: UserInfo = match serde_json::from_slice(&answer.body) {
            Ok(user) if answer.status.is_success() => user,
            _ => return Err(oauth::failure(answer)),
        };
        let id = user.zuid.and_then(|zuid| zuid.digits()).ok_or_else(|| oauth::failure(answer))?;
        let names = [user.display_name, user.email, Some(id.clone())];
        let name = names.into_iter().flatten().map(|name| display_text(&name)).find(|name| !name.is_empty());
        let account = ExternalAccount { name: name.unwrap_or_default(), id, url: None };
        Ok(Identity { account, metadata: Map::new(), names: Vec::new() })
    }

    /// A delivery names no account of this service's: its chat may have a hundred members, and whoever wrote is an actor.
    fn parse(&self, delivery: &Delivery<'_>) -> Result<Event, Malformed> {
        let payload = json_object(serde_json::from_slice(delivery.body))?;
        Ok(Event { name: String::new(), delivery_id: None, account: None, payload })
    }

    fn interpret(&self, event: &Event) -> Interpretation {
        events::interpret(event.payload.get())
    }
}
