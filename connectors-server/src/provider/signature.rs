//! How deliveries are signed. A scheme is data, so that whoever signs or checks in a provider's stead can read it too.

use std::time::Duration;

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
    /// The header that holds the signature.
    pub signature_header: &'static str,
    /// What stands before the signature: the hex HMAC-SHA256 of what is signed.
    pub signature_prefix: &'static str,
    /// The time that is signed before the body, if one is.
    pub signed_time: Option<SignedTime>,
    /// Whether a tenant can have a webhook of its own, with a secret of its own; else there is the app's alone.
    pub own_secrets: bool,
    /// Whether a body may be a form that carries the JSON in `payload`.
    pub forms: bool,
    /// The delivery with which the provider checks whose the webhook is, if it does.
    pub handshake: Option<Handshake>,
}

/// Where a delivery's id stands.
#[derive(Debug)]
pub enum DeliveryId {
    /// In this header.
    Header(&'static str),
    /// In this field of the body.
    Field(&'static str),
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
    /// Whether the header holds the signature under one of the secrets, of a time near enough if one is signed.
    pub(super) fn is_signed(&self, delivery: &Delivery<'_>, secrets: &[Secret], now: Timestamp) -> bool {
        let signature = delivery
            .header(self.signature_header)
            .and_then(|value| value.strip_prefix(self.signature_prefix))
            .and_then(|digest| hex::decode(digest).ok());
        let prefix = self.signed_time.as_ref().map(|time| time.prefix(delivery, now));
        let (Some(signature), Some(prefix)) = (signature, prefix.unwrap_or_else(|| Some(String::new()))) else {
            return false;
        };
        // No early exit: the time must not tell which of the secrets fits.
        secrets.iter().fold(false, |signed, secret| {
            same(&hmac_sha256(secret.expose().as_bytes(), &[prefix.as_bytes(), delivery.body]), &signature) | signed
        })
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

    fn signed(header: Option<&str>, body: &[u8], secrets: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert("x-hub-signature-256", header.parse().unwrap());
        }
        let secrets: Vec<_> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        let scheme = WebhookScheme {
            event_header: Some("x-github-event"),
            id: DeliveryId::Header("x-github-delivery"),
            signature_header: "x-hub-signature-256",
            signature_prefix: "sha256=",
            signed_time: None,
            own_secrets: true,
            forms: true,
            handshake: None,
        };
        scheme.is_signed(&Delivery { headers: &headers, body }, &secrets, Timestamp::from_micros(0))
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
            let scheme = &crate::provider::Registry.get("slack").unwrap().descriptor().webhook;
            let secrets = [Secret::new("another"), Secret::new("8f742231b10e8888abcd99yyyzzz85a5")];
            let now = Timestamp::from_seconds(1_531_420_618 + seconds).unwrap();
            scheme.is_signed(&Delivery { headers: &headers, body: &body[..] }, &secrets, now)
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
}
