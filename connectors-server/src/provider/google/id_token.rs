//! ID tokens with which Google's services sign in here: "Authenticate push subscriptions" of Pub/Sub, and OpenID Connect Core 1.0,
//! section 2.

use std::time::Duration;

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::Deserialize;

use super::{Endpoints, oauth::ISSUER};
use crate::{config::ProviderConfig, crypto::same, model::Timestamp, provider::ProviderHttp};

/// How far the clocks of Google and this machine may be apart.
const LEEWAY: Duration = Duration::from_secs(60);

/// For whom a token must be, and whose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) audience: &'a str,
    pub(super) email: &'a str,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    exp: f64,
    email: String,
    email_verified: bool,
}

/// Whether the token is one of Google's, as expected, and has not expired.
pub(super) async fn is_good(
    http: &ProviderHttp,
    config: &ProviderConfig,
    token: &str,
    expected: Expected<'_>,
    now: Timestamp,
) -> bool {
    let Ok(header) = decode_header(token) else { return false };
    let Some(kid) = header.kid.filter(|_| header.alg == Algorithm::RS256) else { return false };
    let url = Endpoints::of(config).apis("oauth2/v3/certs");
    let Some(key) = http.keys().find(http, &url, &kid, now).await else { return false };
    let mut validation = Validation::new(Algorithm::RS256);
    // The crate would read the machine's clock; and the rest is held against one value each.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let Ok(token) = decode::<Claims>(token, &key, &validation) else { return false };
    let Claims { iss, aud, exp, email, email_verified } = token.claims;
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
    let latest = now.before(LEEWAY).as_micros() as f64 / 1e6;
    exp > latest
        // "The issuer … always `https://accounts.google.com` or `accounts.google.com`".
        && (iss == ISSUER || Some(iss.as_str()) == ISSUER.strip_prefix("https://"))
        && same(aud.as_bytes(), expected.audience.as_bytes())
        && email.eq_ignore_ascii_case(expected.email)
        && email_verified
}
