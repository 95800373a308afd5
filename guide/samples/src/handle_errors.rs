//! What Core does about each error.

use std::time::Duration;

use connectors_client::{Error, ErrorCode, ErrorKind, TenantId};

use crate::{BoxError, Stage};

// ANCHOR: action
/// What a handler of Core's does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Answer 404: there is nothing to show.
    NotThere,
    /// Offer to connect again.
    ConnectAgain,
    /// Answer 503 with `Retry-After`, if it is known how long.
    Later(Option<Duration>),
    /// Say that the integration is not available here.
    NotAvailable,
    /// Answer 400: what came from the browser, such as a cursor, is wrong.
    Refuse,
    /// Answer 502, and tell whoever runs Core: the deployment or the code is wrong.
    Alert,
}

pub fn action(error: &Error) -> Action {
    use ErrorCode::*;
    match (error.code(), error.kind()) {
        (Some(ConnectionNotFound | SignalNotFound), _) => Action::NotThere,
        (Some(OAuthDenied | OAuthStateInvalid | OAuthCodeRejected), _) => Action::ConnectAgain,
        (_, ErrorKind::StateMismatch | ErrorKind::MalformedCallback) => Action::ConnectAgain,
        (Some(ProviderNotConfigured | ProviderNotSupported), _) => Action::NotAvailable,
        (Some(ValidationFailed), _) => Action::Refuse,
        _ if error.is_retryable() => Action::Later(error.retry_after()),
        _ => Action::Alert,
    }
}
// ANCHOR_END: action

/// Runs it.
///
/// # Errors
/// If a call succeeds.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let tenant = stage.tenant();
    let elsewhere = stage.connectors.tenant(TenantId::new(uuid::Uuid::from_u128(1))?);
    let (_, connection) = stage.connected().await?;
    for error in [
        elsewhere.connection(connection.id).await.err(),
        tenant.start_oauth("githbu").send().await.err(),
        tenant.signals().resume_from("made-up").page().await.err(),
    ] {
        let error = error.ok_or("a call succeeded that must not")?;
        let code = error.code().map(ErrorCode::as_str).unwrap_or_default();
        stage.show(format_args!("{code}: {:?}", action(&error)));
    }
    Ok(())
}
