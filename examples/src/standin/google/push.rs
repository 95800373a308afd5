//! Pub/Sub's push messages, and the tokens with which it signs in.
//! <https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions>

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::header::CACHE_CONTROL;
use serde_json::{Value, json};

use super::{failure::Method, server::Server, store::random};

/// A key pair of Google's.
pub(super) struct Key {
    pair: KeyPair,
    id: String,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

impl Key {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
        Self { pair, id: random() + &random()[..8] }
    }

    fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        let n = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
        let e = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
        json!({"kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.id, "n": n, "e": e})
    }
}

/// The keys that are published, the one that signs last; made when the first is needed.
#[derive(Debug, Default)]
pub(super) struct Keys(RwLock<Vec<Key>>);

impl Keys {
    /// From now on another key signs. Two are published, as Google does.
    pub(super) fn rotate(&self) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        keys.push(Key::generate());
        let outdated = keys.len().saturating_sub(2);
        keys.drain(..outdated);
    }

    fn published(&self) -> Value {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        json!({"keys": keys.iter().map(Key::jwk).collect::<Vec<_>>()})
    }

    /// A JWT (RFC 7515) with these claims, signed with the key that signs now. The header is Google's with these changes.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        if self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty() {
            self.rotate();
        }
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.last().expect("there is a key now");
        let mut full = json!({"alg": "RS256", "kid": key.id, "typ": "JWT"});
        if let (Some(full), Some(changes)) = (full.as_object_mut(), header.as_object()) {
            full.extend(changes.clone());
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&full), part(claims));
        let mut signature = vec![0; key.pair.public_modulus_len()];
        key.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .expect("an RSA key signs");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The public key as it is published, which somebody might take for a secret.
    pub(super) fn public(&self) -> Vec<u8> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.last().expect("there is a key");
        key.pair.public_key().as_ref().to_vec()
    }
}

/// `GET /oauth2/v3/certs`
pub(super) async fn certs(State(server): State<Arc<Server>>) -> Response {
    if let Some(failure) = server.called(Method::Certs) {
        return failure.into_response();
    }
    let keys = server.keys.published();
    ([(CACHE_CONTROL, "public, max-age=21600, must-revalidate, no-transform")], Json(keys)).into_response()
}

/// The body of a push message.
///
/// <https://cloud.google.com/pubsub/docs/push#receive_push>
pub(super) fn body(notice: &Value, id: u64) -> Value {
    json!({
        "message": {
            "data": STANDARD.encode(notice.to_string()),
            "messageId": id.to_string(),
            "message_id": id.to_string(),
            "publishTime": "2026-01-02T03:04:05.123Z",
        },
        "subscription": "projects/poblysh/subscriptions/gmail-push",
        "deliveryAttempt": 1,
    })
}
