//! The keys from which each tenant's webhook secrets are derived.

use std::fmt;

use zeroize::Zeroizing;

use super::{ConfigError, Environment, parse};
use crate::{
    crypto::hmac_sha256,
    model::{Secret, TenantId},
};

/// Root keys, newest first; a secret derived from any of them is accepted.
#[derive(Clone, Default)]
pub struct WebhookRoots(Vec<Zeroizing<[u8; 32]>>);

impl WebhookRoots {
    /// The given keys, newest first.
    pub fn new(keys: impl IntoIterator<Item = [u8; 32]>) -> Self {
        Self(keys.into_iter().map(Zeroizing::new).collect())
    }

    /// Reads the keys alone, for the command that prints secrets.
    ///
    /// # Errors
    /// If they are malformed.
    pub fn from_environment(env: &mut Environment) -> Result<Self, ConfigError> {
        let roots = Self::read(env);
        env.finish().map(|()| roots)
    }

    pub(super) fn read(env: &mut Environment) -> Self {
        Self::new(env.optional("POBLYSH_WEBHOOK_ROOT_KEYS", parse::keys).unwrap_or_default())
    }

    /// The tenant's own secrets for a provider's webhooks, newest first:
    /// `hex(HMAC-SHA256(root, "{provider}/{tenant_id}"))`.
    pub fn secrets(&self, provider: &str, tenant: TenantId) -> Vec<Secret> {
        let message = format!("{provider}/{tenant}");
        self.0.iter().map(|root| Secret::new(hex::encode(hmac_sha256(&root[..], &[message.as_bytes()])))).collect()
    }
}

impl fmt::Debug for WebhookRoots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookRoots({} of them)", self.0.len())
    }
}
