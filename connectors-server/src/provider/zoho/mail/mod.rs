//! Zoho Mail: mailboxes whose outgoing webhooks tell of each email that comes in; of those that were sent its API does.
//!
//! Sources, of Zoho Mail's documentation: "Webhook" (outgoing webhooks) and the pages of its API, "Get All Accounts of a User",
//! "Get All Folders" and "Get Emails List"; and of Zoho's Catalyst CLI the sample of an outgoing webhook's body.

mod account;
mod address;
mod events;
mod fetch;

use async_trait::async_trait;

use super::{
    CODE_LIFETIME, DATA_CENTERS, Product, REFUSALS, TOKEN_LIFETIME,
    oauth::{self, Hosts},
};
use crate::{
    model::SignalKind,
    provider::{
        Account, Answer, Api, Delivery, DeliveryId, Descriptor, Encoding, Event, Fetcher, Grant, Identity,
        Interpretation, Malformed, ProviderFailure, Revocation, SecretSource, Signature, Signed, Versions,
        WebhookScheme, delivery::kept, json_object,
    },
};

/// Zoho Mail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mail;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    name: "zoho-mail",
    display_name: "Zoho Mail",
    family: Some("zoho"),
    settings: &[],
    scopes: &["ZohoMail.accounts.READ", "ZohoMail.folders.READ", "ZohoMail.messages.READ"],
    webhook: WebhookScheme {
        event_header: None,
        id: DeliveryId::Body,
        own: Some(Signed {
            secret: SecretSource::HandedOver { header: "X-Hook-Secret" },
            signature: Signature::Hmac {
                header: "X-Hook-Signature",
                prefix: "",
                encoding: Encoding::Base64,
                signed_time: None,
            },
        }),
        app: None,
        forms: false,
        handshake: None,
        names_account: true,
        kept: Some(events::KEPT),
    },
    signal_kinds: &[SignalKind::EmailReceived, SignalKind::EmailSent],
    refusals: REFUSALS,
    revocation: Revocation::WithLastUse,
    code_lifetime: CODE_LIFETIME,
    token_lifetime: Some(TOKEN_LIFETIME),
    data_centers: &DATA_CENTERS,
};

#[async_trait]
impl Product for Mail {
    async fn identify(&self, api: Api<'_>, grant: &Grant) -> Result<Identity, ProviderFailure> {
        self.identity(&oauth::get(api.http, Hosts::of(api.config, grant).mail("api/accounts"), grant).await?)
    }

    fn identity(&self, answer: &Answer) -> Result<Identity, ProviderFailure> {
        account::identity(answer)
    }

    /// What an email says never gets further than this.
    fn parse(&self, delivery: &Delivery<'_>) -> Result<Event, Malformed> {
        let payload = json_object(serde_json::from_slice(delivery.body))?;
        let payload = kept(&payload, events::KEPT);
        let names = events::names(payload.get());
        let account = (!names.is_empty()).then_some(Account::Names(names));
        Ok(Event { name: String::new(), delivery_id: None, account, payload })
    }

    fn interpret(&self, event: &Event) -> Interpretation {
        events::interpret(event.payload.get())
    }

    fn versions(&self, event: &Event) -> Versions {
        events::versions(event.payload.get())
    }

    fn fetcher(&self) -> Option<&dyn Fetcher> {
        Some(&fetch::Folders)
    }
}
