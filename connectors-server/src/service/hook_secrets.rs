//! Secrets that a provider makes for each webhook of a tenant's, and hands over.

use http::HeaderMap;

use super::{Door, Error, Service};
use crate::{
    crypto::{hmac_sha256, same},
    model::{Secret, TenantId},
    provider::{Delivery, Provider, SecretSource, Signed},
};

/// The longest secret that is taken over, in bytes.
const LONGEST: usize = 256;

impl Service {
    /// Keeps the secret that a delivery hands over, if it does. It is believed only by the secret in the tenant's own URL: whoever
    /// could plant one would sign deliveries as they like.
    pub(super) async fn handed_over(
        &self,
        door: Door,
        provider: &dyn Provider,
        headers: &HeaderMap,
        setup: Option<&Secret>,
    ) -> Result<bool, Error> {
        let descriptor = provider.descriptor();
        let (Door::Tenant(tenant), Some(Signed { secret: SecretSource::HandedOver { header }, .. })) =
            (door, &descriptor.webhook.own)
        else {
            return Ok(false);
        };
        if !headers.contains_key(*header) {
            return Ok(false);
        }
        let secret = Delivery { headers, body: &[] }.header(header);
        let secret = secret.filter(|secret| (1..=LONGEST).contains(&secret.len())).ok_or(Error::InvalidSignature)?;
        let shown = setup.ok_or(Error::InvalidSignature)?.expose().as_bytes();
        // No early exit: the time must not tell which of the secrets fits.
        let own = self.config.webhook_roots.secrets(descriptor.name, tenant);
        if !own.iter().fold(false, |good, own| same(own.expose().as_bytes(), shown) | good) {
            return Err(Error::InvalidSignature);
        }
        let sealed = self.config.vault.seal(secret.as_bytes(), &context(tenant, descriptor.name));
        // By its key a secret is known when it comes again; nobody can guess a secret from it.
        let key = hmac_sha256(shown, &[secret.as_bytes()]);
        let rows = self.store.tenant(tenant);
        let dropped = rows.keep_webhook_secret(descriptor.name, &key, &sealed, self.clock.now()).await?;
        tracing::info!(provider = descriptor.name, tenant_id = %tenant, "a webhook's secret was handed over");
        if dropped > 0 {
            tracing::warn!(provider = descriptor.name, tenant_id = %tenant, "the oldest secret of a webhook was dropped");
        }
        Ok(true)
    }

    /// The secrets that were handed over for a tenant's webhooks. One that was sealed with a key that is gone counts for nothing.
    pub(super) async fn kept_secrets(&self, tenant: TenantId, provider: &str) -> Result<Vec<Secret>, Error> {
        let mut secrets = Vec::new();
        for sealed in self.store.tenant(tenant).webhook_secrets(provider).await? {
            match self.config.vault.open(&sealed, &context(tenant, provider)) {
                Ok(secret) => secrets.push(Secret::new(String::from_utf8_lossy(&secret))),
                Err(error) => {
                    tracing::warn!(provider, tenant_id = %tenant, %error, "a webhook's secret can't be opened")
                }
            }
        }
        Ok(secrets)
    }
}

/// Binds a sealed secret to the tenant's webhooks.
fn context(tenant: TenantId, provider: &str) -> Vec<u8> {
    [b"webhook secret\0", &tenant.0.as_bytes()[..], provider.as_bytes()].concat()
}
