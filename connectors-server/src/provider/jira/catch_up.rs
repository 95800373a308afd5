//! What Jira never delivered: it gives a delivery up after a few tries, so the issues that have changed are searched for too.
//!
//! "Search for issues using JQL enhanced search (GET)" of "The Jira Cloud platform REST API", group "Issue search". JQL has minutes
//! and the user's time zone ("JQL fields", "Updated"), so the time is given relatively, and what is found is looked at closer. A
//! change that a delivery has told of is known by its version; comments are not looked for.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    Endpoints,
    identity::{Site, failure},
    versions,
};
use crate::{
    model::Timestamp,
    provider::{Fetched, Fetcher, ProviderFailure, Session},
};

/// How long a delivery may take: what is younger is left to it.
const GRACE: Duration = Duration::from_secs(60);

/// How long a change may take until a search finds it: "recent updates might not be immediately visible in the returned search
/// results". What is found once more is known.
const LAG: Duration = Duration::from_secs(5 * 60);

/// How much further back is searched than is asked for: while the pages are read the time goes on, and what was updated longer ago
/// than the search says is not on them any more. Jira's clock may be another one, too.
const SLACK: Duration = Duration::from_secs(10 * 60);
/// How long the pages of a search may be read.
const READABLE: Duration = Duration::from_secs(9 * 60);

const PER_PAGE: &str = "100";

const FIELDS: &str = "summary,created,updated,status,statuscategorychangedate,resolutiondate,project,creator";

/// The longest token of a page that is kept.
const MAX_TOKEN: usize = 4096;

/// Searches for issues.
#[derive(Debug)]
pub(super) struct CatchUp;

/// How far the search has come. Times are microseconds since 1970.
#[derive(Default, Serialize, Deserialize)]
struct Cursor {
    /// Per cloud id: since when the site's changes are not known. A site that refuses keeps its time.
    since: BTreeMap<String, i64>,
    /// What is left to be done now.
    pass: Option<Pass>,
}

/// A way through all sites, in the order of their cloud ids.
#[derive(Serialize, Deserialize)]
struct Pass {
    /// Until when changes are told.
    until: i64,
    /// The site where it goes on.
    site: String,
    page: Option<Page>,
    /// Whether a site has answered.
    heard: bool,
}

/// A page other than the first, which only the same search has.
#[derive(Serialize, Deserialize)]
struct Page {
    token: String,
    /// When the first page was asked for.
    begun_at: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    issues: Vec<Box<RawValue>>,
    next_page_token: Option<String>,
    is_last: Option<bool>,
}

#[async_trait]
impl Fetcher for CatchUp {
    fn interval(&self) -> Duration {
        Duration::from_secs(15 * 60)
    }

    async fn fetch(&self, session: &Session<'_>, cursor: Option<&str>) -> Result<Fetched, ProviderFailure> {
        let mut sites = Site::all(session.metadata);
        sites.sort_by(|one, other| one.id.cmp(&other.id));
        let mut state: Cursor = cursor.and_then(|cursor| serde_json::from_str(cursor).ok()).unwrap_or_default();
        // What happened at a site before it was connected is no news.
        let known = |site: &Site| {
            let now = session.now.as_micros();
            (site.id.clone(), state.since.get(&site.id).copied().unwrap_or(now))
        };
        state.since = sites.iter().map(known).collect();
        let mut pass = state.pass.take().unwrap_or_else(|| Pass {
            until: session.now.before(GRACE).as_micros(),
            site: String::new(),
            page: None,
            heard: false,
        });
        let (until, mut lost) = (Timestamp::from_micros(pass.until), None);
        let asked = sites.iter().enumerate().filter(|(_, site)| cursor.is_some() && site.id >= pass.site);
        for (index, site) in asked {
            let Some(host) = site.host() else { continue };
            let since = Timestamp::from_micros(state.since[&site.id]);
            let page = pass.page.take().filter(|_| pass.site == site.id);
            let (found, next) = match search(session, site, since, page).await {
                Ok(found) => found,
                Err(failure @ ProviderFailure::TokenRefused { .. }) => return Err(failure),
                // A site that is down, or to which the user has no access any more, must not keep the others from being heard.
                Err(failure) => {
                    lost = Some(failure);
                    continue;
                }
            };
            let changes = found.iter().flat_map(|issue| versions::changes(&host, issue, since, until)).collect();
            let here = next.is_some().then_some(site);
            if here.is_none() {
                state.since.insert(site.id.clone(), until.before(LAG).max(since).as_micros());
            }
            state.pass = here.or(sites.get(index + 1)).map(|site| Pass {
                until: pass.until,
                site: site.id.clone(),
                page: next,
                heard: true,
            });
            return Ok(Fetched { changes, more: state.pass.is_some(), cursor: state.to_text() });
        }
        match lost.filter(|_| !pass.heard) {
            Some(failure) => Err(failure),
            None => Ok(Fetched { changes: Vec::new(), cursor: state.to_text(), more: false }),
        }
    }
}

impl Cursor {
    fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| unreachable!("strings and numbers are JSON"))
    }
}

/// A page of the issues of a site that were updated since then or a little before, and the page after it.
async fn search(
    session: &Session<'_>,
    site: &Site,
    since: Timestamp,
    page: Option<Page>,
) -> Result<(Vec<Box<RawValue>>, Option<Page>), ProviderFailure> {
    // Of a search that is too old not all would be found; what is found once more is known.
    let page = page.filter(|page| Timestamp::from_micros(page.begun_at).after(READABLE) >= session.now);
    let (begun_at, token) = match page {
        Some(page) => (Timestamp::from_micros(page.begun_at), Some(page.token)),
        None => (session.now, None),
    };
    let mut url = Endpoints::of(session.api.config).search(&site.id);
    url.query_pairs_mut()
        .append_pair("jql", &updated_since(since, begun_at))
        .append_pair("fields", FIELDS)
        .append_pair("maxResults", PER_PAGE)
        .extend_pairs(token.iter().map(|token| ("nextPageToken", token)));
    let request = session.api.http.client().get(url).bearer_auth(session.grant.access_token.expose());
    let request = request.header("accept", "application/json").build().map_err(ProviderFailure::Unreachable)?;
    let answer = session.api.http.send_long(request).await?;
    if !answer.status.is_success() {
        return Err(failure(&answer));
    }
    let nonsense = || ProviderFailure::Answered { status: answer.status.as_u16(), error: None };
    let found: Found = serde_json::from_slice(&answer.body).map_err(|_| nonsense())?;
    let next = found.next_page_token.filter(|next| found.is_last != Some(true) && token.as_ref() != Some(next));
    if next.as_ref().is_some_and(|token| token.len() > MAX_TOKEN) {
        return Err(nonsense());
    }
    let next = next.filter(|_| !found.issues.is_empty()).map(|token| Page { token, begun_at: begun_at.as_micros() });
    Ok((found.issues, next))
}

fn updated_since(since: Timestamp, now: Timestamp) -> String {
    let micros = now.as_micros() - since.before(SLACK).as_micros();
    let minutes = u64::try_from(micros).unwrap_or(0).div_ceil(60_000_000);
    format!("updated >= \"-{minutes}m\" ORDER BY updated ASC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_searched_from_is_in_minutes_before_now() {
        let at = |text| Timestamp::parse(text).unwrap();
        let jql = |since| updated_since(at(since), at("2026-01-02T03:04:05Z"));
        for (since, minutes) in [
            ("2026-01-02T03:04:05Z", 10),
            ("2026-01-02T03:04:04.999999Z", 11),
            ("2026-01-02T02:49:05Z", 25),
            ("2026-01-01T03:04:05Z", 1450),
            ("2026-01-02T03:05:00Z", 10),
            ("2026-01-02T04:04:05Z", 0),
        ] {
            assert_eq!(jql(since), format!("updated >= \"-{minutes}m\" ORDER BY updated ASC"), "{since}");
        }
    }
}
