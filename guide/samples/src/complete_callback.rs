//! Step 3: the provider sends the user back.

use connectors_client::{CallbackQuery, Connection, Error, ErrorCode, ErrorKind, Tenant};

use crate::{BoxError, Stage, connect_tenant::Pending};

// ANCHOR: callback
/// What the user sees next.
#[derive(Debug)]
pub enum Outcome {
    Connected(Box<Connection>),
    /// The user, or the provider, said no.
    Declined,
    /// The link is old, was tampered with, or belongs to another session: offer to begin again.
    StartAgain,
}

/// `GET /api/connectors/{provider}/callback`, with the query as it came and what the session holds.
pub async fn callback(tenant: &Tenant, raw_query: &str, pending: &Pending) -> Result<Outcome, Error> {
    let Ok(query) = raw_query.parse::<CallbackQuery>() else { return Ok(Outcome::StartAgain) };
    let error = match tenant.complete_oauth(&pending.provider, query, &pending.state).await {
        Ok(connection) => return Ok(Outcome::Connected(Box::new(connection))),
        Err(error) => error,
    };
    match (error.kind(), error.code()) {
        (ErrorKind::StateMismatch, _) => Ok(Outcome::StartAgain),
        (_, Some(ErrorCode::OAuthStateInvalid | ErrorCode::OAuthCodeRejected)) => Ok(Outcome::StartAgain),
        (_, Some(ErrorCode::OAuthDenied)) => Ok(Outcome::Declined),
        _ => Err(error),
    }
}
// ANCHOR_END: callback

/// Runs it.
///
/// # Errors
/// If a call fails.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let tenant = stage.tenant();
    for approves in [true, false] {
        let (url, pending) = crate::connect_tenant::authorize(&tenant, "github").await?;
        let query = if approves { stage.approve(&url).await? } else { stage.decline(&url).await? };
        stage.show(match callback(&tenant, &query, &pending).await? {
            Outcome::Connected(connection) => format!("connected as {}", connection.external_account.name),
            Outcome::Declined => "not connected: declined at GitHub".to_owned(),
            Outcome::StartAgain => "please connect again".to_owned(),
        });
        let other = Pending { provider: "github".to_owned(), state: "of another session".to_owned() };
        let outcome = callback(&tenant, &query, &other).await?;
        stage.show(format_args!("the same link in another session: {outcome:?}"));
    }
    Ok(())
}
