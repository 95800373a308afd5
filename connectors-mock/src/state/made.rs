//! Everything that is random at the service is counted here: the same test makes the same ids in every process.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{settings::hex, timestamp::Timestamp};

/// Counters of what was made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Made {
    rows: u64,
    tokens: u64,
    requests: u128,
}

impl Made {
    /// The id of a new row: a UUIDv7 made at `now`, greater than those before it.
    pub(crate) fn id(&mut self, now: Timestamp) -> Uuid {
        self.rows += 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.rows.to_be_bytes());
        let millis = u64::try_from(now.as_micros().div_euclid(1_000)).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A state, a verifier: 43 characters of URL-safe base64.
    pub(crate) fn token(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.digest())
    }

    /// A code: 20 hexadecimal digits.
    pub(crate) fn code(&mut self) -> String {
        hex(&self.digest()[..10])
    }

    /// The id of a request that brings none: 32 hexadecimal digits.
    pub(crate) fn request_id(&mut self) -> String {
        self.requests += 1;
        format!("{:032x}", self.requests)
    }

    fn digest(&mut self) -> [u8; 32] {
        self.tokens += 1;
        Sha256::digest(format!("connectors-mock {}", self.tokens)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuid_v7_and_rise() {
        let now = Timestamp::parse("2026-01-02T03:04:05Z").unwrap();
        let mut made = Made::default();
        let ids: Vec<Uuid> = (0..1_000).map(|_| made.id(now)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
    }
}
