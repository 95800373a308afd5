//! Cursors: opaque positions in a list, bound to tenant, operation and filters.
//!
//! A cursor is URL-safe base64 of the position and a digest over position, tenant, operation and filters. There is nothing
//! secret in it, and nothing to gain by forging one: whatever it says, the query reads the caller's tenant alone.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::{
    crypto::{same, sha256},
    model::{TenantId, Timestamp},
};

const DIGEST: usize = 12;

/// What a cursor is bound to.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    hash: [u8; 32],
}

impl Scope {
    /// The scope of a list. Filters are given as their name and canonical text.
    pub(super) fn new(operation: &str, tenant: TenantId, filters: &[(&str, Option<String>)]) -> Self {
        let mut text = format!("v1\0{operation}\0{tenant}\0");
        for (name, value) in filters {
            // Lengths keep two filters from reading as one.
            let value = value.as_deref().unwrap_or("\0");
            text.push_str(&format!("{name}\0{}\0{value}", value.len()));
        }
        Self { hash: sha256(&[text.as_bytes()]) }
    }

    /// A cursor at this position.
    pub(super) fn encode(&self, time: Timestamp, id: Uuid) -> String {
        let position = [&time.as_micros().to_be_bytes()[..], id.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode([&position[..], &self.digest(&position)].concat())
    }

    /// The position of a cursor that was made for this scope.
    pub(super) fn decode(&self, cursor: &str) -> Result<(Timestamp, Uuid), String> {
        let decoded = URL_SAFE_NO_PAD.decode(cursor).ok();
        let position = decoded.as_deref().and_then(|bytes| {
            let (position, digest) = bytes.split_at_checked(8 + 16)?;
            if !same(digest, &self.digest(position)) {
                return None;
            }
            let (time, id) = position.split_first_chunk()?;
            Some((Timestamp::from_micros(i64::from_be_bytes(*time)), Uuid::from_slice(id).ok()?))
        });
        position.ok_or_else(|| "must be a `next_cursor` of the same list, with the same tenant and filters".into())
    }

    fn digest(&self, position: &[u8]) -> [u8; DIGEST] {
        let mut digest = [0; DIGEST];
        digest.copy_from_slice(&sha256(&[&self.hash, position])[..DIGEST]);
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn belongs_to_its_tenant_operation_and_filters() {
        let tenant = TenantId(Uuid::from_u128(1));
        let scope = |operation, tenant, kind: Option<&str>| {
            Scope::new(operation, tenant, &[("kind", kind.map(str::to_owned)), ("provider", None)])
        };
        let cursor = scope("list_signals", tenant, None).encode(Timestamp::from_micros(-7), Uuid::from_u128(9));
        let read = |scope: &Scope| scope.decode(&cursor);
        assert_eq!(read(&scope("list_signals", tenant, None)), Ok((Timestamp::from_micros(-7), Uuid::from_u128(9))));
        assert!(read(&scope("list_connections", tenant, None)).is_err());
        assert!(read(&scope("list_signals", TenantId(Uuid::from_u128(2)), None)).is_err());
        assert!(read(&scope("list_signals", tenant, Some("code_pushed"))).is_err());
    }

    #[test]
    fn damage_is_noticed() {
        let scope = Scope::new("list_signals", TenantId(Uuid::from_u128(1)), &[]);
        let cursor = scope.encode(Timestamp::from_micros(7), Uuid::from_u128(9));
        for position in 0..cursor.len() {
            let mut damaged = cursor.clone().into_bytes();
            damaged[position] = if damaged[position] == b'A' { b'B' } else { b'A' };
            assert!(scope.decode(std::str::from_utf8(&damaged).unwrap()).is_err(), "byte {position}");
            assert!(scope.decode(&cursor[..position]).is_err(), "cut at {position}");
        }
    }
}
