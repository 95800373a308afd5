//! Deliveries of Zoho Cliq's bots and of Zoho Mail's outgoing webhooks.
//!
//! ```
//! use connectors_examples::recorded::zoho;
//!
//! let email = zoho::mail().into_iter().find(|delivery| delivery.name == "email").unwrap();
//! let headers = zoho::mail_headers("the secret that Zoho handed over", email.body);
//!
//! assert_eq!(headers["x-hook-signature"].len(), 44);
//! ```

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE};
use sha2::Sha256;

/// A delivery of Zoho's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZohoDelivery {
    /// What it tells, as the file is called: `participation_handler.message_sent`.
    pub name: &'static str,
    /// The JSON body.
    pub body: &'static [u8],
}

/// The headers of a bot's own webhook: its script shows the tenant's secret, as the guide has it.
pub fn script_headers(secret: &str) -> HeaderMap {
    headers("x-webhook-secret", secret)
}

/// The headers of what Cliq posts for an extension, signed with [the app's key](public_key).
///
/// <https://www.zoho.com/cliq/help/platform/build-url-invoke-type-extensions.html>
pub fn cliq_headers(body: &[u8]) -> HeaderMap {
    headers("x-cliq-signature", &cliq_signature(body))
}

/// The headers with which Zoho Mail hands over the secret of a webhook that is being made.
pub fn handover_headers(secret: &str) -> HeaderMap {
    headers("x-hook-secret", secret)
}

/// The headers of a webhook of Zoho Mail's, signed with the secret that it handed over.
///
/// <https://www.zoho.com/mail/help/dev-platform/webhook.html>
pub fn mail_headers(secret: &str, body: &[u8]) -> HeaderMap {
    headers("x-hook-signature", &mail_signature(secret, body))
}

fn headers(name: &'static str, value: &str) -> HeaderMap {
    let value = HeaderValue::from_str(value).expect("the value is visible ASCII");
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    HeaderMap::from_iter([json, (HeaderName::from_static(name), value)])
}

/// The value of `X-Hook-Signature`: the HMAC-SHA256 of the body, in Base64.
pub fn mail_signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The key of the app's extension, made for this process.
static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("a key can be made"));

/// The value of `X-Cliq-Signature`: the RSA signature (PKCS #1 v1.5, SHA-256) of the body, in Base64.
pub fn cliq_signature(body: &[u8]) -> String {
    let mut signature = vec![0; KEY.public_modulus_len()];
    KEY.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), body, &mut signature).expect("the key signs");
    STANDARD.encode(signature)
}

/// The public key as Cliq shows it on the extension's page: what stands in a PEM file.
pub fn public_key() -> String {
    let der = AsDer::<PublicKeyX509Der<'_>>::as_der(KEY.public_key()).expect("the key can be written");
    STANDARD.encode(der.as_ref())
}

macro_rules! deliveries {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        vec![$(ZohoDelivery {
            name: $name,
            body: include_bytes!(concat!("../../../connectors-server/tests/fixtures/", $folder, "/", $name, ".json")),
        }),+]
    };
}

/// Zoho Cliq's deliveries.
pub fn cliq() -> Vec<ZohoDelivery> {
    deliveries![
        "zoho-cliq": "mention_handler",
        "message_handler",
        "participation_handler.added",
        "participation_handler.message_deleted",
        "participation_handler.message_edited",
        "participation_handler.message_sent",
        "participation_handler.message_sent.file",
        "participation_handler.thread_closed",
        "script.message_sent",
        "welcome_handler",
    ]
}

/// Zoho Mail's deliveries.
pub fn mail() -> Vec<ZohoDelivery> {
    deliveries![
        "zoho-mail": "email",
        "email.to_an_alias",
        "email.to_several",
        "email.without_subject",
        "task",
    ]
}
