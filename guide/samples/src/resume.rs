//! Going on after a crash.

use std::collections::HashSet;

use connectors_client::{Cursor, Error, Signal, SignalId, Tenant};

use crate::{BoxError, Stage};

// ANCHOR: store
/// Core's own record of how far it is, in the database that its work goes to.
#[derive(Debug, Default)]
pub struct Progress {
    pub cursor: Option<Cursor>,
    pub copied: HashSet<SignalId>,
    pub again: usize,
}
// ANCHOR_END: store

// ANCHOR: copy
/// Copies what is left, and stops early where `crash` says so.
pub async fn copy(
    tenant: &Tenant,
    progress: &mut Progress,
    crash: impl Fn(&Signal) -> bool,
) -> Result<(), Error> {
    let mut signals = tenant.signals().page_size(5);
    if let Some(cursor) = progress.cursor.clone() {
        signals = signals.resume_from(cursor);
    }
    let mut signals = signals.stream();
    while let Some(signal) = signals.try_next().await? {
        if crash(&signal) {
            return Ok(());
        }
        // In one transaction: the work, and the place from which it goes on.
        if !progress.copied.insert(signal.id) {
            progress.again += 1;
        }
        progress.cursor = signals.cursor().cloned();
    }
    Ok(())
}
// ANCHOR_END: copy

/// Runs it; fails if a call does.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let (tenant, _) = stage.connected().await?;
    stage.github_delivers().await?;
    let mut progress = Progress::default();
    copy(&tenant, &mut progress, |signal| signal.kind.as_str() == "pr_review").await?;
    stage.show(format_args!("before the crash: {} signals", progress.copied.len()));
    copy(&tenant, &mut progress, |_| false).await?;
    stage.show(format_args!(
        "after it: {} signals, {} of them met twice",
        progress.copied.len(),
        progress.again
    ));
    Ok(())
}
