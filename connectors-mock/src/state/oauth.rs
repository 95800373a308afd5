//! Authorizations under way, and the codes that providers hand out for them.

use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use super::{ExternalAccount, World};
use crate::timestamp::Timestamp;

/// How long a state can be completed.
pub(crate) const STATE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// An authorization under way.
#[derive(Debug, Clone)]
pub(crate) struct OAuthState {
    pub(crate) tenant: Uuid,
    pub(crate) provider: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires_at: Timestamp,
    /// Where the user was sent.
    pub(crate) authorize_url: Option<Url>,
    pub(crate) status: StateStatus,
    /// The code that was seen first.
    pub(crate) code: Option<String>,
}

/// Where an authorization stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StateStatus {
    /// It waits for its callback.
    Open,
    /// The provider came back with this error.
    Denied(String),
    /// The provider refused the code.
    Refused,
    /// It became this connection.
    Completed(Uuid),
}

/// A code that a provider handed out; it is good once, for a time, and for the authorization that it was made for.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) state: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) account: ExternalAccount,
    pub(crate) metadata: Map<String, Value>,
}

impl World {
    /// Keeps an authorization that was just made.
    pub(crate) fn begin(&mut self, state: String, row: OAuthState) {
        self.is_asked = true;
        self.states.insert(state, row);
    }

    /// The authorization, if it is one that may be completed now at this provider by who names this tenant.
    pub(crate) fn standing(&mut self, state: &str, provider: &str, tenant: Option<Uuid>) -> Option<&mut OAuthState> {
        self.is_asked = true;
        let now = self.now;
        self.states.get_mut(state).filter(|row| {
            row.provider == provider && row.expires_at > now && tenant.is_none_or(|tenant| tenant == row.tenant)
        })
    }
}
