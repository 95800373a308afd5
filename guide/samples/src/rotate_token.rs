//! Rotating the operator token without a restart.

use std::path::Path;

use connectors_client::{Connectors, Error, TokenFile};

use crate::{BoxError, Stage};

// ANCHOR: file
/// A client whose token stands in a file, such as a mounted secret: it is read again when it changes, and after a 401.
pub fn connect(url: &str, token_file: &Path) -> Result<Connectors, Error> {
    Connectors::builder(url).token_source(TokenFile::new(token_file)).build()
}
// ANCHOR_END: file

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("operator-token");
    std::fs::write(&file, "last-years-token")?;
    let tenant = connect(stage.backend.url()?.as_str(), &file)?.tenant(stage.tenant_id());
    let refused = tenant.connections().page().await.err().ok_or("the old token was taken")?;
    stage.show(format_args!(
        "before: {}",
        refused.code().map(|code| code.as_str()).unwrap_or_default()
    ));

    std::fs::write(&file, stage.backend.operator_token())?;
    stage.show(format_args!(
        "after: {} connections",
        tenant.connections().page().await?.items.len()
    ));
    Ok(())
}
