//! A tenant's connection to an account at a provider.

use serde::Serialize;
use utoipa::ToSchema;

use super::{ConnectionId, Timestamp, open_enum};

open_enum! {
    /// Whether a connection works.
    ConnectionStatus,
    "`active`: it works. `error`: something stops it, see `last_error`; connecting again heals it. `revoked`: the provider said that the grant was withdrawn. More values may be added.",
    example "active" {
        Active = "active",
        Error = "error",
        Revoked = "revoked",
    }
}

/// A tenant's connection to an account at a provider. It never holds a token, in any form.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Connection {
    /// The connection's id.
    #[schema(value_type = String, format = Uuid, example = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b")]
    pub id: ConnectionId,
    /// The provider's slug.
    #[schema(example = "github")]
    pub provider: String,
    /// Whether the connection works.
    pub status: ConnectionStatus,
    /// The account that was connected.
    pub external_account: ExternalAccount,
    /// The scopes that the provider granted, sorted.
    #[schema(example = json!(["read:org", "read:user"]))]
    pub scopes: Vec<String>,
    /// When the account was first connected.
    #[schema(value_type = String, format = DateTime, example = "2026-01-02T03:04:05.000000Z")]
    pub created_at: Timestamp,
    /// When the connection last changed.
    #[schema(value_type = String, format = DateTime, example = "2026-01-02T03:04:05.000000Z")]
    pub updated_at: Timestamp,
    /// When the access token expires; absent if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, format = DateTime, example = "2026-01-02T03:04:05.000000Z")]
    pub expires_at: Option<Timestamp>,
    /// What stops the connection, while `status` is `error`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "invalid_grant")]
    pub last_error: Option<String>,
    /// What else the provider said of the account; its keys depend on the provider.
    #[schema(value_type = Object, example = json!({"account_type": "User"}))]
    pub metadata: serde_json::Map<String, serde_json::Value>,
}

/// An account at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExternalAccount {
    /// The provider's stable id of the account.
    #[schema(example = "21031067")]
    pub id: String,
    /// The name to show to people.
    #[schema(example = "Codertocat")]
    pub name: String,
    /// The account's page, `http` or `https`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri", pattern = "^https?://", example = "https://github.com/Codertocat")]
    pub url: Option<String>,
}
