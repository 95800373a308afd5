//! How deliveries are signed. A scheme is data, so that whoever signs or checks in a provider's stead can read it too.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{jwt, rsa};
use crate::{
    crypto::{hmac_sha256, same},
    model::{Secret, Timestamp},
    provider::Delivery,
};

/// How a provider's webhooks look from outside.
#[derive(Debug)]
pub struct WebhookScheme {
    /// The header that names the event, if one does.
    pub event_header: Option<&'static str>,
    /// Where the delivery's id stands.
    pub id: DeliveryId,
    /// How the deliveries of a tenant's own webhook are signed, if a tenant can have one.
    pub own: Option<Signed>,
    /// How the deliveries to the app's single URL are signed, if an app can have one.
    pub app: Option<Signed>,
    /// Whether a body may be a form that carries the JSON in `payload`.
    pub forms: bool,
    /// The delivery with which the provider checks whose the webhook is, if it does.
    pub handshake: Option<Handshake>,
    /// Whether deliveries name the account that they are of. If they don't, `X-Connection-Id` alone can.
    pub names_account: bool,
    /// The fields of the body that are stored, where the rest is not this service's to keep.
    pub kept: Option<&'static [&'static str]>,
}

/// A signature, and what it is made with.
#[derive(Debug)]
pub struct Signed {
    /// Where the secret comes from.
    pub secret: SecretSource,
    /// What is made with it.
    pub signature: Signature,
}

/// Where the secret comes from that deliveries are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretSource {
    /// It is derived from the root keys, for each tenant.
    Derived,
    /// The provider makes it for the app's webhook: `POBLYSH_<PROVIDER>_WEBHOOK_SECRET`.
    Webhook,
    /// It is the OAuth app's client secret.
    Client,
    /// There is none: the provider has a private key, and publishes the public one.
    PublicKeys,
    /// It was made with the subscription whose id stands in this header.
    Subscription(&'static str),
    /// The provider makes it for each webhook of a tenant's, and hands it over in this header. That is believed at a URL that ends
    /// in `?setup=` and what is [derived](Self::Derived) for the tenant.
    HandedOver {
        /// The header.
        header: &'static str,
    },
}

/// What stands in a delivery to prove where it comes from.
#[derive(Debug)]
pub enum Signature {
    /// An HMAC-SHA256 of the body, or of a time and the body.
    Hmac {
        /// The header that holds it.
        header: &'static str,
        /// What stands before it.
        prefix: &'static str,
        /// How its bytes are written.
        encoding: Encoding,
        /// The time that is signed before the body, if one is.
        signed_time: Option<SignedTime>,
    },
    /// The secret itself.
    Token {
        /// The header that holds it.
        header: &'static str,
    },
    /// An RSASSA-PKCS1-v1_5 signature with SHA-256 of the body, in Base64; the secret is the public key.
    Rsa {
        /// The header that holds it.
        header: &'static str,
    },
    /// A JWT in `Authorization: Bearer <JWT>`, signed with HS256 and good until its `exp`.
    Jwt,
    /// An ID token in `Authorization: Bearer <JWT>`, signed with RS256 for this deployment; see
    /// [`Provider::vouches`](super::Provider::vouches).
    IdToken,
}

/// How the bytes of a signature are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// In hexadecimal digits.
    Hex,
    /// In Base64 (RFC 4648, section 4).
    Base64,
}

/// Where a delivery's id stands.
#[derive(Debug)]
pub enum DeliveryId {
    /// In this header.
    Header(&'static str),
    /// In this field of the body; a point leads into an object.
    Field(&'static str),
    /// In these two headers, the subscription's id and a number. The body is empty: headers tell all.
    Numbered(&'static str, &'static str),
    /// Nowhere: a repeat is known by its body.
    Body,
}

/// A time that is signed with the body: the HMAC is that of `{version}:{time}:{body}`.
#[derive(Debug)]
pub struct SignedTime {
    /// The header that holds the time, in seconds since 1970.
    pub header: &'static str,
    /// The scheme's version.
    pub version: &'static str,
    /// How far it may be from now.
    pub tolerance: Duration,
}

/// A delivery that is answered with what stands in one of its fields.
#[derive(Debug)]
pub struct Handshake {
    /// The field that tells that it is one.
    pub field: &'static str,
    /// What stands there.
    pub value: &'static str,
    /// The field to answer with.
    pub answer: &'static str,
}

impl WebhookScheme {
    /// Whether what the provider sends to the app's URL proves itself by `Authorization`, as Core does.
    pub fn app_signs_in_authorization(&self) -> bool {
        self.app.as_ref().is_some_and(|app| app.signature.header() == http::header::AUTHORIZATION.as_str())
    }

    /// Whether what the deployment knows of the app's deliveries is no secret, but a key that everybody may know.
    pub fn takes_public_key(&self) -> bool {
        self.app.as_ref().is_some_and(|app| matches!(app.signature, Signature::Rsa { .. }))
    }
}

impl Signature {
    /// The header that holds it, in any case.
    pub fn header(&self) -> &'static str {
        match self {
            Self::Hmac { header, .. } | Self::Token { header } | Self::Rsa { header } => header,
            Self::Jwt | Self::IdToken => "authorization",
        }
    }

    /// Whether nobody can change the body without breaking it.
    pub fn covers_body(&self) -> bool {
        match self {
            Self::Hmac { .. } | Self::Rsa { .. } => true,
            Self::Token { .. } | Self::Jwt | Self::IdToken => false,
        }
    }

    /// Whether it is in the delivery, made with one of the secrets, and not too long ago if it says when.
    pub fn is_good(&self, delivery: &Delivery<'_>, secrets: &[Secret], now: Timestamp) -> bool {
        match self {
            Self::Hmac { header, prefix, encoding, signed_time } => {
                let signature = delivery.header(header).and_then(|value| encoding.decode(value.strip_prefix(prefix)?));
                let time = signed_time.as_ref().map(|time| time.prefix(delivery, now));
                let (Some(signature), Some(time)) = (signature, time.unwrap_or_else(|| Some(String::new()))) else {
                    return false;
                };
                one_of(secrets, |secret| same(&hmac_sha256(secret, &[time.as_bytes(), delivery.body]), &signature))
            }
            Self::Token { header } => {
                let token = delivery.header(header).unwrap_or_default();
                one_of(secrets, |secret| !secret.is_empty() && same(secret, token.as_bytes()))
            }
            Self::Rsa { header } => {
                let signature = delivery.header(header).and_then(|text| Encoding::Base64.decode(text));
                signature.is_some_and(|signature| one_of(secrets, |key| rsa::is_good(key, delivery.body, &signature)))
            }
            Self::Jwt => {
                let token = delivery.header(self.header()).and_then(bearer);
                token.is_some_and(|token| one_of(secrets, |secret| jwt::is_good(token, secret, now)))
            }
            // No secret tells.
            Self::IdToken => false,
        }
    }
}

/// No early exit: the time must not tell which of the secrets fits.
fn one_of(secrets: &[Secret], fits: impl Fn(&[u8]) -> bool) -> bool {
    secrets.iter().fold(false, |good, secret| fits(secret.expose().as_bytes()) | good)
}

/// The token of `Bearer <token>`.
pub(super) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

impl Encoding {
    fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => STANDARD.decode(text).ok(),
        }
    }
}

impl SignedTime {
    /// What is signed before the body, if the delivery has a time and it is near enough. The time is digits alone, so that
    /// none of the body's bytes can be taken for the time's.
    fn prefix(&self, delivery: &Delivery<'_>, now: Timestamp) -> Option<String> {
        let text = delivery.header(self.header).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        let time = Timestamp::from_seconds(text.parse().ok()?)?;
        let apart = Duration::from_micros(now.as_micros().abs_diff(time.as_micros()));
        (apart <= self.tolerance).then(|| format!("{}:{text}:", self.version))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;
    use crate::provider::Registry;

    fn scheme_of(provider: &str) -> &'static WebhookScheme {
        &Registry.get(provider).unwrap().descriptor().webhook
    }

    fn signed(header: Option<&str>, body: &[u8], secrets: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("x-hub-signature-256", header.parse().unwrap());
        }
        let secrets: Vec<_> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        let scheme = scheme_of("github").own.as_ref().unwrap();
        scheme.signature.is_good(&Delivery { headers: &headers, body }, &secrets, Timestamp::from_micros(0))
    }

    /// The example of "Verifying requests from Slack".
    #[test]
    fn accepts_slacks_documented_example_for_five_minutes_around_it() {
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&\
                     channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&\
                     response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&\
                     trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        let is_signed = |time: &str, signature: &str, seconds: i64| {
            let mut headers = HeaderMap::new();
            headers.insert("x-slack-signature", signature.parse().unwrap());
            headers.insert("x-slack-request-timestamp", time.parse().unwrap());
            let signature = &scheme_of("slack").app.as_ref().unwrap().signature;
            let secrets = [Secret::new("another"), Secret::new("8f742231b10e8888abcd99yyyzzz85a5")];
            let now = Timestamp::from_seconds(1_531_420_618 + seconds).unwrap();
            signature.is_good(&Delivery { headers: &headers, body: &body[..] }, &secrets, now)
        };
        for seconds in [-300, 0, 300] {
            assert!(is_signed("1531420618", signature, seconds), "{seconds}");
        }
        for seconds in [-301, 301, 1_000_000] {
            assert!(!is_signed("1531420618", signature, seconds), "{seconds}");
        }
        for time in ["1531420619", "+1531420618", "01531420618", "1531420618.0", "", "x", "99999999999999999999"] {
            assert!(!is_signed(time, signature, 0), "{time:?}");
        }
        assert!(!is_signed("1531420618", &signature.replace("v0=", "v1="), 0));
        assert!(!is_signed("1531420618", &signature.replace("v0=a", "v0=b"), 0));
    }

    /// The example of GitHub's documentation.
    #[test]
    fn accepts_the_documented_example_and_nothing_near_it() {
        let secret = "It's a Secret to Everybody";
        let header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
        assert!(signed(Some(header), b"Hello, World!", &[secret]));
        assert!(signed(Some(header), b"Hello, World!", &["another", secret]));
        assert!(!signed(Some(header), b"Hello, World?", &[secret]));
        assert!(!signed(Some(header), b"Hello, World!", &["another"]));
        assert!(!signed(Some(header), b"Hello, World!", &[]));
        assert!(!signed(Some(&header[..70]), b"Hello, World!", &[secret]));
        assert!(!signed(Some(&header.replace("sha256=", "")), b"Hello, World!", &[secret]));
        assert!(!signed(Some("sha256="), b"Hello, World!", &[secret]));
        assert!(!signed(None, b"Hello, World!", &[secret]));
    }

    /// RFC 4231, test case 2, in Base64.
    #[test]
    fn a_signature_may_be_written_in_base64() {
        let scheme =
            Signature::Hmac { header: "x-hook-signature", prefix: "", encoding: Encoding::Base64, signed_time: None };
        let is_good = |signature: &str| {
            let headers = HeaderMap::from_iter([("x-hook-signature".parse().unwrap(), signature.parse().unwrap())]);
            let delivery = Delivery { headers: &headers, body: b"what do ya want for nothing?" };
            scheme.is_good(&delivery, &[Secret::new("Jefe")], Timestamp::from_micros(0))
        };
        let right =
            STANDARD.encode(hex::decode("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843").unwrap());
        assert!(is_good(&right));
        for wrong in ["", &right[..40], &right.replace('=', ""), &right.to_lowercase(), "5bdcc146bf60754e"] {
            assert!(!is_good(wrong), "{wrong}");
        }
    }
}
