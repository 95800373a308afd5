//! The public keys of those who sign tokens: JSON Web Key Sets (RFC 7517), kept for as long as their publishers say.

use std::{
    collections::HashMap,
    fmt,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use http::{HeaderMap, header::CACHE_CONTROL};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use url::Url;

use super::{ProviderFailure, ProviderHttp};
use crate::{error_chain::Chain, model::Timestamp};

/// How long a set is kept: as its answer says, within these bounds, or the first of them if it says nothing.
const SHORTEST: Duration = Duration::from_secs(5 * 60);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long keys are trusted that can't be asked for again.
const STALE: Duration = Duration::from_secs(60 * 60);

/// How often a set is asked for at most, whatever keys tokens name.
const PAUSE: Duration = Duration::from_secs(60);

/// How many keys of a set are kept. Google publishes two or three.
const LIMIT: usize = 32;

/// Key sets by the URLs that they are published at.
#[derive(Default)]
pub struct KeySets {
    sets: RwLock<HashMap<Url, KeySet>>,
    /// Whoever holds it asks for a set; the others wait for what comes.
    asking: tokio::sync::Mutex<()>,
}

impl fmt::Debug for KeySets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySets")
    }
}

#[derive(Default)]
struct KeySet {
    keys: HashMap<String, DecodingKey>,
    fresh_until: Option<Timestamp>,
    asked_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<serde_json::Value>,
}

/// A key, as far as it is read.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: String,
    n: String,
    e: String,
    alg: Option<String>,
    r#use: Option<String>,
}

impl KeySets {
    /// The RSA key with this id that is published at `url`.
    pub async fn find(&self, http: &ProviderHttp, url: &Url, kid: &str, now: Timestamp) -> Option<DecodingKey> {
        if let Some(key) = self.kept(url, kid, now, Duration::ZERO) {
            return Some(key);
        }
        let _alone = self.asking.lock().await;
        if let Some(key) = self.kept(url, kid, now, Duration::ZERO) {
            return Some(key);
        }
        if self.may_ask(url, now) {
            match ask(http, url).await {
                Ok((keys, lifetime)) => {
                    let set = KeySet { keys, fresh_until: Some(now.after(lifetime)), asked_at: Some(now) };
                    self.sets.write().unwrap_or_else(PoisonError::into_inner).insert(url.clone(), set);
                    return self.kept(url, kid, now, Duration::ZERO);
                }
                Err(failure) => tracing::warn!(error = %Chain(&failure), "public keys could not be asked for"),
            }
        }
        self.kept(url, kid, now, STALE)
    }

    fn kept(&self, url: &Url, kid: &str, now: Timestamp, grace: Duration) -> Option<DecodingKey> {
        let sets = self.sets.read().unwrap_or_else(PoisonError::into_inner);
        let set = sets.get(url).filter(|set| set.fresh_until.is_some_and(|until| now < until.after(grace)))?;
        set.keys.get(kid).cloned()
    }

    /// Whether the set was not asked for just now; notes that it is.
    fn may_ask(&self, url: &Url, now: Timestamp) -> bool {
        let mut sets = self.sets.write().unwrap_or_else(PoisonError::into_inner);
        let set = sets.entry(url.clone()).or_default();
        let may = set.asked_at.is_none_or(|at| now >= at.after(PAUSE));
        if may {
            set.asked_at = Some(now);
        }
        may
    }
}

async fn ask(http: &ProviderHttp, url: &Url) -> Result<(HashMap<String, DecodingKey>, Duration), ProviderFailure> {
    let request = http.client().get(url.clone()).build().map_err(ProviderFailure::Unreachable)?;
    let answer = http.send(request).await?;
    let published = serde_json::from_slice::<Published>(&answer.body).ok().filter(|_| answer.status.is_success());
    let Published { keys } = published.ok_or_else(|| answer.failure())?;
    let read = keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let fits = |key: &Jwk| {
        let is_for = |what: &Option<String>, value| what.as_deref().is_none_or(|what| what == value);
        key.kty == "RSA" && is_for(&key.alg, "RS256") && is_for(&key.r#use, "sig")
    };
    let keys = read.filter(fits).take(LIMIT);
    let keys = keys.filter_map(|key| Some((key.kid, DecodingKey::from_rsa_components(&key.n, &key.e).ok()?)));
    Ok((keys.collect(), lifetime(&answer.headers)))
}

/// The `max-age` of RFC 9111, section 5.2.2.1, within bounds.
fn lifetime(headers: &HeaderMap) -> Duration {
    let directives = headers.get(CACHE_CONTROL).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let seconds = directives.split(',').find_map(|directive| directive.trim().strip_prefix("max-age=")?.parse().ok());
    seconds.map_or(SHORTEST, Duration::from_secs).clamp(SHORTEST, LONGEST)
}
