//! The keys by which repeats of accepted deliveries are known.

use std::{collections::HashMap, time::Duration};

use sha2::{Digest, Sha256};

use crate::timestamp::Timestamp;

/// How long an accepted delivery is remembered.
const REMEMBERED: Duration = Duration::from_secs(31 * 24 * 60 * 60);

type Key = (String, [u8; 32]);

/// A tenant's accepted deliveries.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeliveryKeys(HashMap<Key, Timestamp>);

impl DeliveryKeys {
    /// Remembers a delivery by its id, and its body if that is signed, unless one of them is known. Returns whether it was new.
    pub(crate) fn accept(
        &mut self,
        provider: &str,
        id: Option<&str>,
        signed_body: Option<&[u8]>,
        now: Timestamp,
    ) -> bool {
        let key = |what: &[u8], value: &[u8]| {
            (provider.to_owned(), Sha256::new().chain_update(what).chain_update(value).finalize().into())
        };
        let id = id.filter(|id| !id.is_empty()).map(|id| key(b"id\0", id.as_bytes()));
        let keys: Vec<Key> = id.into_iter().chain(signed_body.map(|body| key(b"body\0", body))).collect();
        if keys.iter().any(|key| self.0.contains_key(key)) {
            return false;
        }
        self.0.extend(keys.into_iter().map(|key| (key, now)));
        let oldest = now.before(REMEMBERED);
        self.0.retain(|_, received_at| *received_at >= oldest);
        true
    }
}
