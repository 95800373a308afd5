//! The client that Core has.

use std::time::Duration;

use connectors_client::{Connectors, Error, OperatorToken};

use crate::{BoxError, Stage};

// ANCHOR: make
/// Makes the one client of this process: its handles share connections, limits and the budget of repetitions.
pub fn connect(url: &str, token: OperatorToken) -> Result<Connectors, Error> {
    Connectors::builder(url).operator_token(token).timeout(Duration::from_secs(20)).build()
}
// ANCHOR_END: make

/// Runs it.
///
/// # Errors
/// If the service can't be reached.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let token = OperatorToken::new(stage.backend.operator_token());
    let connectors = connect(stage.backend.url()?.as_str(), token)?;
    let names: Vec<_> =
        connectors.providers().await?.into_iter().map(|provider| provider.name).collect();
    stage.show(format_args!("reached; it knows {}", names.join(", ")));
    let refused = connect("http://connectors.internal", OperatorToken::new("a-token"));
    stage.show(refused.err().ok_or("plain http was taken")?);
    Ok(())
}
