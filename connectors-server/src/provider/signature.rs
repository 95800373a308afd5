//! How deliveries are signed. A scheme is data, so that whoever signs or checks in a provider's stead can read it too.

use crate::{
    crypto::{hmac_sha256, same},
    model::Secret,
    provider::Delivery,
};

/// How a provider's webhooks look from outside.
#[derive(Debug)]
pub struct WebhookScheme {
    /// The header that names the event.
    pub event_header: &'static str,
    /// The header that holds the delivery's id.
    pub id_header: &'static str,
    /// The header that holds the signature.
    pub signature_header: &'static str,
    /// What stands before the signature: the hex HMAC-SHA256 of the body.
    pub signature_prefix: &'static str,
}

impl WebhookScheme {
    /// Whether the header holds the body's signature under one of the secrets.
    pub(super) fn is_signed(&self, delivery: &Delivery<'_>, secrets: &[Secret]) -> bool {
        let signature = delivery
            .header(self.signature_header)
            .and_then(|value| value.strip_prefix(self.signature_prefix))
            .and_then(|digest| hex::decode(digest).ok());
        let Some(signature) = signature else { return false };
        // No early exit: the time must not tell which of the secrets fits.
        secrets.iter().fold(false, |signed, secret| {
            same(&hmac_sha256(secret.expose().as_bytes(), delivery.body), &signature) | signed
        })
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
            event_header: "x-github-event",
            id_header: "x-github-delivery",
            signature_header: "x-hub-signature-256",
            signature_prefix: "sha256=",
        };
        scheme.is_signed(&Delivery { headers: &headers, body }, &secrets)
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
