//! A provider as `GET /providers` shows it.

use serde::Serialize;
use utoipa::ToSchema;

use super::SignalKind;

/// A third-party service that tenants can connect.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Provider)]
pub struct ProviderInfo {
    /// The slug that paths, filters and other schemas use.
    #[schema(example = "github")]
    pub name: &'static str,
    /// The name to show to people.
    #[schema(example = "GitHub")]
    pub display_name: &'static str,
    /// How a tenant connects: `oauth2`.
    #[schema(example = "oauth2")]
    pub auth_type: &'static str,
    /// The scopes that `start_oauth` asks for unless the request names fewer.
    #[schema(example = json!(["read:org", "read:user"]))]
    pub scopes: &'static [&'static str],
    /// Whether the provider's events can be delivered to `/webhooks/{provider}`.
    pub webhooks: bool,
    /// The kinds of signal that the provider's events become.
    pub signal_kinds: &'static [SignalKind],
    /// Whether this deployment has OAuth credentials for the provider. Without them `start_oauth` answers
    /// `PROVIDER_NOT_CONFIGURED`.
    pub available: bool,
}
