//! Steps 2 and 3: to the provider, and back.

use connectors_client::{CallbackQuery, Connection, Error, ErrorCode};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use crate::{failure::Failure, session::TenantMember};

/// Where the session keeps the authorizations that its user has begun.
const PENDING: &str = "pending_authorizations";

/// As many as a user has tabs for: the oldest makes room.
const MOST_PENDING: usize = 10;

/// An authorization that the user of the session has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pending {
    provider: String,
    state: String,
}

/// How an authorization ended.
#[derive(Debug)]
pub enum Outcome {
    /// The account is connected.
    Connected(Box<Connection>),
    /// The user, or the provider, said no.
    Declined,
    /// The link is old, altered, or another session's: offer to begin again.
    StartAgain,
}

// ANCHOR: start
/// Begins to connect an account: where to send the browser. The state is kept in the session.
///
/// # Errors
/// If the service refuses.
pub async fn start(member: &TenantMember, provider: &str) -> Result<String, Failure> {
    let started = member.tenant.start_oauth(provider).send().await?;
    let pending = Pending { provider: provider.to_owned(), state: started.state };
    keep(&member.member.session, pending).await?;
    Ok(started.authorize_url.into())
}
// ANCHOR_END: start

// ANCHOR: complete
/// Ends it, with the query of the provider's redirect as it came. Only what this very session began can be completed in it.
///
/// # Errors
/// If the service fails. What the user can mend is an [`Outcome`].
pub async fn complete(member: &TenantMember, provider: &str, query: &str) -> Result<Outcome, Failure> {
    let Ok(query) = query.parse::<CallbackQuery>() else { return Ok(Outcome::StartAgain) };
    let began = all(&member.member.session).await?;
    let began = began.into_iter().find(|pending| pending.provider == provider && pending.state == query.state());
    let Some(began) = began else { return Ok(Outcome::StartAgain) };
    match member.tenant.complete_oauth(provider, query, &began.state).await {
        Ok(connection) => Ok(Outcome::Connected(Box::new(connection))),
        Err(error) => ended(error),
    }
}

fn ended(error: Error) -> Result<Outcome, Failure> {
    match error.code() {
        Some(ErrorCode::OAuthDenied) => Ok(Outcome::Declined),
        Some(ErrorCode::OAuthStateInvalid | ErrorCode::OAuthCodeRejected) => Ok(Outcome::StartAgain),
        _ => Err(error.into()),
    }
}
// ANCHOR_END: complete

async fn all(session: &Session) -> Result<Vec<Pending>, Failure> {
    Ok(session.get(PENDING).await.map_err(Failure::internal)?.unwrap_or_default())
}

/// Adds one. It stays after it was completed, so that the user may reload the page; how long its state lives is the service's
/// to know.
async fn keep(session: &Session, pending: Pending) -> Result<(), Failure> {
    let mut known = all(session).await?;
    known.push(pending);
    let surplus = known.len().saturating_sub(MOST_PENDING);
    known.drain(..surplus);
    session.insert(PENDING, known).await.map_err(Failure::internal)
}
