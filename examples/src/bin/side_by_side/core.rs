//! What Core does: the code under test.

use connectors_client::{CallbackQuery, Error, Tenant};
use url::Url;

/// Connects an account, and reads the titles of all signals, newest first. `browser` is where the user goes.
pub(crate) async fn connect_and_read(tenant: &Tenant, browser: impl FnOnce(&Url) -> Url) -> Result<Vec<String>, Error> {
    let started = tenant.start_oauth("github").send().await?;
    let callback = browser(&started.authorize_url);
    let query: CallbackQuery = callback.query().unwrap_or_default().parse()?;
    let connection = tenant.complete_oauth("github", query, &started.state).await?;
    let mut signals = tenant.signals().connection(connection.id).page_size(2).stream();
    let mut titles = Vec::new();
    while let Some(signal) = signals.try_next().await? {
        titles.push(signal.title);
    }
    Ok(titles)
}
