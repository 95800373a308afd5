//! Push messages of Pub/Sub: who sends them, and which mailbox they announce.

use base64::{
    Engine,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::Deserialize;

use super::{AUDIENCE, SERVICE_ACCOUNT};
use crate::{
    config::ProviderConfig,
    model::Timestamp,
    provider::{
        Account, Delivery, DeliveryId, Event, Malformed, ProviderHttp, SecretSource, Signature, Signed, WebhookScheme,
        bearer,
        google::id_token::{self, Expected},
        json_object,
    },
};

/// How deliveries look.
pub(super) const SCHEME: WebhookScheme = WebhookScheme {
    event_header: None,
    id: DeliveryId::Field("message.messageId"),
    own: None,
    app: Some(Signed { secret: SecretSource::PublicKeys, signature: Signature::IdToken }),
    names_account: true,
    kept: None,
    forms: false,
    handshake: None,
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Push {
    message: Message,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Message {
    data: String,
    message_id: Option<String>,
}

/// What Gmail publishes; the history id in it is not needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notice {
    email_address: String,
}

/// Whether Pub/Sub has sent it, for the subscription that is configured here.
pub(super) async fn is_signed(
    http: &ProviderHttp,
    config: &ProviderConfig,
    delivery: &Delivery<'_>,
    now: Timestamp,
) -> bool {
    let (Some(audience), Some(email)) = (config.settings.get(AUDIENCE), config.settings.get(SERVICE_ACCOUNT)) else {
        return false;
    };
    let Some(token) = delivery.header("authorization").and_then(bearer) else { return false };
    id_token::is_good(http, config, token, Expected { audience, email }, now).await
}

pub(super) fn parse(delivery: &Delivery<'_>) -> Result<Event, Malformed> {
    let payload = json_object(serde_json::from_slice(delivery.body))?;
    let Push { message } = serde_json::from_str(payload.get()).unwrap_or_default();
    let notice: Option<Notice> = decoded(&message.data).and_then(|json| serde_json::from_slice(&json).ok());
    let account = notice.and_then(|notice| address(&notice.email_address)).map(Account::Id);
    let delivery_id = message.message_id.filter(|id| (1..=255).contains(&id.len()));
    Ok(Event { name: String::new(), delivery_id, account, payload })
}

/// An address, as it is stored and looked up: in lower case, since Gmail makes no difference.
pub(super) fn address(text: &str) -> Option<String> {
    let is_address = text.len() <= 320 && text.contains('@') && !text.contains(|c: char| c.is_control() || c == ' ');
    is_address.then(|| text.to_lowercase())
}

/// Gmail's page says base64url; Pub/Sub's, base64.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    GeneralPurpose::new(&alphabet, config).decode(text).ok()
}
