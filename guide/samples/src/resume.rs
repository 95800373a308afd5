//! Going on after a crash.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use connectors_client::{Cursor, Error, SignalId, Tenant};

use crate::{BoxError, Stage};

// ANCHOR: store
/// Core's own record of how far it is, in the database that its work goes to.
#[derive(Debug, Default)]
pub struct Progress {
    pub copied: std::collections::BTreeSet<SignalId>,
    /// When this walk began, and where it goes on; when the last that is over began.
    pub walk: Option<DateTime<Utc>>,
    pub cursor: Option<Cursor>,
    pub done: Option<DateTime<Utc>>,
}
// ANCHOR_END: store

// ANCHOR: copy
/// Copies what is new, as much as `power` lasts for.
pub async fn copy(
    tenant: &Tenant,
    progress: &mut Progress,
    now: DateTime<Utc>,
    power: usize,
) -> Result<(), Error> {
    // In microseconds, as databases have: a cursor belongs to its walk's bounds.
    let began = *progress.walk.get_or_insert(now.trunc_subsecs(6));
    let since = progress.done.map_or(DateTime::UNIX_EPOCH, |done| done - TimeDelta::days(1));
    let mut signals = tenant.signals().occurred(since..).page_size(5);
    if let Some(cursor) = progress.cursor.clone() {
        signals = signals.resume_from(cursor);
    }
    let mut signals = signals.stream();
    for _ in 0..power {
        let Some(signal) = signals.try_next().await? else {
            // The walk is over, and its cursor with it: the next one begins at the top.
            (progress.walk, progress.cursor, progress.done) = (None, None, Some(began));
            break;
        };
        // In one transaction: the work, unless it is done, and the progress.
        progress.copied.insert(signal.id);
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
    for (when, power) in [("before a crash", 8), ("after it", 99), ("next walk", 99)] {
        copy(&tenant, &mut progress, stage.backend.now(), power).await?;
        stage.show(format_args!("{when}: {} signals", progress.copied.len()));
    }
    Ok(())
}
