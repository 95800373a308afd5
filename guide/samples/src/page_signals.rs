//! "Load more": a page at a time, for a frontend.

use connectors_client::{Cursor, Error, Signal, Tenant};

use crate::{BoxError, Stage};

// ANCHOR: page
/// `GET /api/connectors/signals?provider=github&limit=25`, and `&cursor=…` behind "load more".
pub async fn page(
    tenant: &Tenant,
    provider: &str,
    limit: u32,
    cursor: Option<&str>,
) -> Result<(Vec<Signal>, Option<Cursor>), Error> {
    let mut signals = tenant.signals().provider(provider).page_size(limit);
    if let Some(cursor) = cursor {
        signals = signals.resume_from(cursor);
    }
    let page = signals.page().await?;
    Ok((page.items, page.next_cursor))
}
// ANCHOR_END: page

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let (tenant, _) = stage.connected().await?;
    stage.github_delivers().await?;
    let mut cursor: Option<Cursor> = None;
    loop {
        let (signals, next) = page(&tenant, "github", 6, cursor.as_ref().map(Cursor::as_str)).await?;
        let more = if next.is_some() { ", load more" } else { ", no more" };
        stage.show(format_args!("{} signals{more}", signals.len()));
        let Some(next) = next else { return Ok(()) };
        cursor = Some(next);
    }
}
