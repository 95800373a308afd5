//! Steps 1 and 2: list providers, start OAuth.

use connectors_client::{Connectors, Error, Provider, Tenant};
use url::Url;

use crate::{BoxError, Stage};

// ANCHOR: providers
/// `GET /api/connectors/providers`: what the "available integrations" page shows.
pub async fn providers(connectors: &Connectors) -> Result<Vec<Provider>, Error> {
    let mut providers = connectors.providers().await?;
    providers.retain(|provider| provider.available);
    Ok(providers)
}
// ANCHOR_END: providers

// ANCHOR: authorize
/// What Core keeps of an authorization, in the session of the user who began it.
#[derive(Debug)]
pub struct Pending {
    pub provider: String,
    pub state: String,
}

/// `POST /api/connectors/providers/{provider}/authorize`: where to send the browser, and what to keep.
pub async fn authorize(tenant: &Tenant, provider: &str) -> Result<(Url, Pending), Error> {
    let started = tenant.start_oauth(provider).send().await?;
    Ok((started.authorize_url, Pending { provider: provider.to_owned(), state: started.state }))
}
// ANCHOR_END: authorize

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    for provider in providers(&stage.connectors).await? {
        stage.show(format_args!("{} ({})", provider.display_name, provider.name));
    }
    let (url, pending) = authorize(&stage.tenant(), "github").await?;
    let query: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let page = url.path().trim_start_matches("/github");
    stage.show(format_args!("redirect to {page} with {}", query.join(", ")));
    stage.show(format_args!("keep a state of {} characters for {}", pending.state.len(), pending.provider));
    Ok(())
}
