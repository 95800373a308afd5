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
    /// Answer 500, and tell whoever runs Core: the deployment or the code is wrong.
    Alert,
}

pub fn action(error: &Error) -> Action {
    match error.code() {
        Some(ErrorCode::ConnectionNotFound | ErrorCode::SignalNotFound) => Action::NotThere,
        Some(ErrorCode::OAuthDenied | ErrorCode::OAuthStateInvalid | ErrorCode::OAuthCodeRejected) => {
            Action::ConnectAgain
        }
        Some(ErrorCode::ProviderNotConfigured | ErrorCode::ProviderNotSupported) => Action::NotAvailable,
        _ if error.kind() == ErrorKind::StateMismatch => Action::ConnectAgain,
        _ if error.is_retryable() => Action::Later(error.retry_after()),
        _ => Action::Alert,
    }
}
// ANCHOR_END: action

/// Runs it.
///
/// # Errors
/// Never: it is about those that it meets.
pub async fn run(stage: &mut Stage) -> Result<(), BoxError> {
    let tenant = stage.tenant();
    let elsewhere = stage.connectors.tenant(TenantId::new(uuid::Uuid::from_u128(1))?);
    let (_, connection) = stage.connected().await?;
    for error in [
        elsewhere.connection(connection.id).await.err(),
        tenant.start_oauth("githbu").send().await.err(),
        tenant.signals().kind("Not A Kind").page().await.err(),
        tenant.signals().resume_from("made-up").page().await.err(),
    ] {
        let error = error.ok_or("a call succeeded that must not")?;
        let code = error.code().map(ErrorCode::as_str).unwrap_or_default();
        stage.show(format_args!("{code}: {:?}", action(&error)));
    }
    Ok(())
}
