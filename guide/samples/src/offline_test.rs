//! A test of Core's, with the mock.

// ANCHOR: imports
use std::time::Duration;

use connectors_client::{Error, Tenant};
use connectors_mock::{ConnectorsMock, Fault, Operation};
// ANCHOR_END: imports

use crate::BoxError;

// ANCHOR: core
/// What is tested: a function of Core's.
pub async fn titles(tenant: &Tenant) -> Result<Vec<String>, Error> {
    Ok(tenant.signals().page().await?.into_iter().map(|signal| signal.title).collect())
}
// ANCHOR_END: core

/// Runs it, in the words of a test.
///
/// # Errors
/// If a call fails.
pub async fn run() -> Result<(), BoxError> {
    // ANCHOR: test
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    acme.has_connection("github");
    acme.receives("github", "issue_created");

    // The service limits the rate: the client waits 30 seconds of the mock's clock, which pass at once.
    mock.on(Operation::ListSignals).fail_next(1, Fault::rate_limited(Duration::from_secs(30)));

    assert_eq!(titles(&acme.client()).await?, ["Spelling error in the README file"]);
    mock.assert_backoff_honoured();
    mock.assert_journey([Operation::ListSignals, Operation::ListSignals]);
    // ANCHOR_END: test
    Ok(())
}
