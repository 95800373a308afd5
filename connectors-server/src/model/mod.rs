//! What the service talks about: tenants, connections, signals and the times at which things happened.
//!
//! These types are the schemas of `openapi.json` and the rows of the store alike, so that one thing has one shape.

mod connection;
mod ids;
mod open_enum;
mod provider_info;
mod secret;
mod signal;
mod text;
mod timestamp;

pub use connection::{Connection, ConnectionStatus, ExternalAccount};
pub use ids::{ConnectionId, IdSource, SignalId, TenantId};
pub use provider_info::ProviderInfo;
pub use secret::Secret;
pub use signal::{Reference, Signal, SignalDraft, SignalKind};
pub use text::{display_text, provider_text, web_url};
pub use timestamp::{Timestamp, TimestampError};

pub(crate) use open_enum::open_enum;
