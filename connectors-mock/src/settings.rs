//! What the mock is told at its start: what a deployment's environment variables tell the service.

use std::{collections::BTreeSet, panic::Location};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use url::{Host, Url};
use uuid::Uuid;

use crate::http::RateLimit;

const PLACEHOLDER: &str = "{provider}";

/// The settings of a running mock.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) operator_tokens: Vec<String>,
    /// The default redirect URL, then those that a request may name; each with `{provider}` in it.
    pub(crate) redirect_uris: Vec<String>,
    /// The providers without OAuth credentials.
    pub(crate) not_configured: BTreeSet<String>,
    pub(crate) rate_limit: Option<RateLimit>,
    /// Whether a request that no operation matches is answered as the service answers it, and no violation.
    pub(crate) tolerates_unknown_requests: bool,
    /// Where the mock was started.
    pub(crate) location: &'static Location<'static>,
}

impl Settings {
    /// Which of the operator tokens was presented.
    pub(crate) fn operator_token(&self, presented: Option<&str>) -> Option<usize> {
        self.operator_tokens.iter().position(|token| Some(token.as_str()) == presented)
    }

    /// What keeps the service from starting with these operator tokens.
    pub(crate) fn check_operator_tokens(&self) -> Result<(), &'static str> {
        let tokens = &self.operator_tokens;
        if tokens.is_empty() || tokens.iter().any(String::is_empty) {
            return Err("at least one is required, and none may be empty");
        }
        if !tokens.iter().flat_map(|token| token.bytes()).all(|byte| byte.is_ascii_graphic()) {
            return Err("a header can't carry them; use visible ASCII");
        }
        Ok(())
    }

    /// What keeps the service from starting with a redirect URL, in its words.
    pub(crate) fn check_redirect_uri(template: &str) -> Result<(), &'static str> {
        if !template.contains(PLACEHOLDER) {
            return Err("must have {provider} in it, as https://core.example/api/connectors/{provider}/callback");
        }
        let url = Url::parse(&template.replace(PLACEHOLDER, "provider")).map_err(|_| "must be an absolute URL")?;
        if url.fragment().is_some() {
            return Err("must have no fragment (RFC 6749, section 3.1.2)");
        }
        let safe = match (url.scheme(), url.host()) {
            ("https", Some(_)) => true,
            ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
            ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
            ("http", Some(Host::Domain(name))) => name == "localhost",
            _ => false,
        };
        if safe { Ok(()) } else { Err("must be https, or http on loopback") }
    }

    /// The redirect URL for `provider`: the one asked for if it is allowed, else the default.
    pub(crate) fn redirect_uri(&self, provider: &str, asked: Option<&str>) -> Result<String, String> {
        let mut filled = self.redirect_uris.iter().map(|template| template.replace(PLACEHOLDER, provider));
        match asked {
            None => filled.next().ok_or_else(|| "is required: this service has no default redirect URL".into()),
            Some(asked) => filled
                .find(|allowed| allowed == asked)
                .ok_or_else(|| "is not a redirect URL that this service allows for the provider".into()),
        }
    }

    /// The secret of a tenant's own webhook.
    pub(crate) fn webhook_secret(provider: &str, tenant: Uuid) -> String {
        let message = format!("{provider}/{tenant}");
        hex(&hmac(b"the root key of connectors-mock", message.as_bytes()))
    }

    /// The secret of the app's webhook.
    pub(crate) fn app_webhook_secret(provider: &str) -> String {
        format!("the-webhook-secret-of-the-{provider}-app")
    }
}

/// Two lower-case digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC-SHA256 (RFC 2104) of `message` under `key`.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
