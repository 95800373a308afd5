//! Identifiers, each with a type of its own so that they can't be mixed up.

use std::sync::Mutex;

use serde::Serialize;
use uuid::{ContextV7, Uuid};

use super::Timestamp;

macro_rules! id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Parses the hyphenated form, the only one that the contract allows.
            pub fn parse(text: &str) -> Option<Self> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().map(Self)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// The tenant of a call, as Poblysh Core resolves it. Never nil.
    TenantId
}
id! {
    /// A connection of a tenant to an account at a provider.
    ConnectionId
}
id! {
    /// A stored signal. A UUIDv7: signals stored later sort later.
    SignalId
}

/// Makes the ids of new rows: UUIDv7, increasing within the process, timed by the service's clock.
#[derive(Debug, Default)]
pub struct IdSource(Mutex<ContextV7>);

impl IdSource {
    /// A new id, made at `now`.
    pub fn next(&self, now: Timestamp) -> Uuid {
        let context = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let seconds = u64::try_from(now.as_micros().div_euclid(1_000_000)).unwrap_or(0);
        let nanos = u32::try_from(now.as_micros().rem_euclid(1_000_000) * 1_000).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, nanos))
    }
}
