//! The signatures of deliveries.

use std::time::Duration;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

use crate::{
    catalogue::{Encoding, Proof, Signature, SignedTime},
    http::{Distinct, Incoming},
    settings::hmac,
    timestamp::Timestamp,
};

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
}

impl Encoding {
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
        is_near.then(|| format!("{}:{text}:", self.version))
    }
}

/// The members of a token's header (RFC 7515, section 4.1; RFC 7516, section 4.1) that are texts, and those that are lists of texts.
const TEXTS: [&str; 11] = ["typ", "cty", "jku", "kid", "x5u", "x5t", "x5t#S256", "enc", "zip", "url", "nonce"];
const LISTS: [&str; 2] = ["x5c", "crit"];

/// Whether it is a JWT that is signed with HS256 and has not expired; clocks may be a minute apart.
fn is_good_token(token: &str, secret: &str, now: Timestamp) -> bool {
    fn part(text: &str) -> Option<Value> {
        let Distinct(json) = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        Some(json)
    }
    let Some((signed, signature)) = token.rsplit_once('.') else { return false };
    let Some((header, claims)) = signed.split_once('.') else { return false };
    let Some((header, claims)) = part(header).zip(part(claims)) else { return false };
    let is_list = |value: &Value| value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    let is_header = header["alg"] == "HS256"
        && TEXTS.iter().all(|name| header[name].is_null() || header[name].is_string())
        && LISTS.iter().all(|name| header[name].is_null() || is_list(&header[name]));
    let is_signed = URL_SAFE_NO_PAD.decode(signature).ok() == Some(hmac(secret.as_bytes(), signed.as_bytes()));
    let latest = now.before(Duration::from_secs(60)).as_micros() as f64 / 1e6;
    let exp = &claims["exp"];
    let is_time = exp.is_u64() || exp.as_f64().is_some_and(|exp| exp < u64::MAX as f64);
    is_header && is_signed && is_time && exp.as_f64().is_some_and(|exp| exp > latest)
}
