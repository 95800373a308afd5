//! The signatures of deliveries.

use std::time::Duration;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

use crate::{
    catalogue::{Encoding, Proof, Signature, SignedTime},
    http::{Incoming, Members},
    settings::{hex, hmac},
    timestamp::Timestamp,
};

/// How far the clocks of provider and service may be apart.
const LEEWAY: Duration = Duration::from_secs(60);

impl Signature {
    /// Whether it is in the delivery, made with the secret, and not too long ago if it says when.
    pub(crate) fn is_good(&self, incoming: &Incoming<'_>, secret: &str, now: Timestamp) -> bool {
        let Some(value) = incoming.header(&self.header) else { return false };
        match &self.proof {
            Proof::Hmac { prefix, encoding, signed_time } => {
                let signature = value.strip_prefix(prefix.as_str()).and_then(|text| encoding.decode(text));
                let time = match signed_time {
                    Some(time) => time.prefix(incoming, now),
                    None => Some(String::new()),
                };
                let body = &incoming.request.body.bytes[..];
                let right = time.map(|time| hmac(secret.as_bytes(), &[time.as_bytes(), body].concat()));
                signature.is_some() && signature == right
            }
            Proof::Token => !secret.is_empty() && value == secret,
            Proof::Unverifiable => false,
            Proof::Jwt => value.split_once(' ').is_some_and(|(scheme, token)| {
                scheme.eq_ignore_ascii_case("bearer") && is_good_token(token, secret, now)
            }),
        }
    }

    /// The headers that have it, for a body that is sent now; none if the mock can't make it.
    pub(crate) fn made(&self, body: &[u8], secret: &str, now: Timestamp) -> Vec<(String, String)> {
        let (value, time) = match &self.proof {
            Proof::Hmac { prefix, encoding, signed_time } => {
                let seconds = now.as_micros().div_euclid(1_000_000).to_string();
                let time = signed_time.as_ref().map(|time| (time.header.clone(), seconds));
                let before =
                    signed_time.as_ref().zip(time.as_ref()).map(|(scheme, (_, text))| scheme.before_body(text));
                let signed = [before.unwrap_or_default().as_bytes(), body].concat();
                (format!("{prefix}{}", encoding.encode(&hmac(secret.as_bytes(), &signed))), time)
            }
            Proof::Token => (secret.to_owned(), None),
            // A provider with the former has webhooks of tenants' own, which are signed otherwise.
            Proof::Jwt | Proof::Unverifiable => return Vec::new(),
        };
        time.into_iter().chain([(self.header.clone(), value)]).collect()
    }
}

impl Encoding {
    fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex(bytes),
            Self::Base64 => STANDARD.encode(bytes),
        }
    }

    fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => (0..text.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(text.get(at..at + 2).filter(|digits| !digits.contains('+'))?, 16).ok())
                .collect(),
            Self::Base64 => STANDARD.decode(text).ok(),
        }
    }
}

impl SignedTime {
    /// What is signed before the body, if there is a time and it is near enough.
    fn prefix(&self, incoming: &Incoming<'_>, now: Timestamp) -> Option<String> {
        let text = incoming.header(&self.header).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        let time = Timestamp::from_micros(text.parse::<i64>().ok()?.checked_mul(1_000_000)?);
        let tolerance = Duration::from_secs(self.tolerance_seconds);
        let is_near = time <= now.after(tolerance) && time >= now.before(tolerance);
        is_near.then(|| self.before_body(text))
    }

    fn before_body(&self, time: &str) -> String {
        format!("{}:{time}:", self.version)
    }
}

/// The members of a token's header (RFC 7515, section 4.1; RFC 7516, section 4.1) that are texts, and those that are lists of texts.
const TEXTS: [&str; 11] = ["typ", "cty", "jku", "kid", "x5u", "x5t", "x5t#S256", "enc", "zip", "url", "nonce"];
const LISTS: [&str; 2] = ["x5c", "crit"];

/// Whether it is a JWT that is signed with HS256 and has not expired; clocks may be a minute apart.
fn is_good_token(token: &str, secret: &str, now: Timestamp) -> bool {
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).ok().and_then(|json| Members::of(&json));
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let Some((header, claims)) = signed.split_once('.') else { return false };
    let is_signed = URL_SAFE_NO_PAD.decode(signature).ok() == Some(hmac(secret.as_bytes(), signed.as_bytes()));
    let Some((header, claims)) = part(header).zip(part(claims)).filter(|_| is_signed) else { return false };
    is_header(&header) && expiry(&claims).is_some_and(|exp| exp > now.before(LEEWAY).as_micros() as f64 / 1e6)
}

fn is_header(header: &Members) -> bool {
    let is = |name, it: fn(&Value) -> bool| header.only(name).is_some_and(|value| value.is_null() || it(&value));
    header.only("alg").is_some_and(|alg| alg == "HS256")
        && TEXTS.iter().all(|name| is(name, Value::is_string))
        && LISTS.iter().all(|name| is(name, |list| list.as_array().is_some_and(|it| it.iter().all(Value::is_string))))
        && is("jwk", Value::is_object)
}

/// When a token expires whose claims (RFC 7519, section 4.1) are as they must be.
fn expiry(claims: &Members) -> Option<f64> {
    let are_scalars =
        ["nbf", "sub"].iter().all(|name| claims.only(name).is_some_and(|it| !it.is_object() && !it.is_array()));
    let are_single = ["iss", "aud"].iter().all(|name| claims.only(name).is_some());
    let exp = claims.only("exp").filter(|_| are_scalars && are_single)?;
    // A time is one of 64 bits.
    exp.as_f64().filter(|time| exp.is_u64() || *time < u64::MAX as f64)
}
