//! What went wrong, and what Core does about it: `cargo run --example handle_errors`.

use connectors_client::{ConnectionId, Error, ErrorCode, ErrorKind};
use connectors_examples::target::Target;

/// What Core tells its user.
fn words(error: &Error) -> &'static str {
    match error.code() {
        Some(ErrorCode::ConnectionNotFound) => "That account is not connected any more.",
        Some(ErrorCode::ProviderNotSupported | ErrorCode::ProviderNotConfigured) => {
            "This integration is not available."
        }
        Some(ErrorCode::ValidationFailed) => "We don't understand that address.",
        _ if error.kind() == ErrorKind::StateMismatch => "That link is not yours. Please connect again.",
        _ if error.is_retryable() => "Integrations are not available right now. Please try again.",
        _ => "Something went wrong on our side.",
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let target = Target::from_args().await?;
    let tenant = &target.tenant;

    let nowhere = connectors_client::Connectors::builder("http://127.0.0.1:9")
        .operator_token(connectors_client::OperatorToken::new("a-token"))
        .retry(connectors_client::Retry::none())
        .build()?
        .tenant(tenant.id());
    let errors = [
        tenant.connection(ConnectionId::from(uuid::Uuid::from_u128(1))).await.err(),
        tenant.start_oauth("no-such-provider").send().await.err(),
        tenant.signals().resume_from("made-up").page().await.err(),
        tenant.complete_oauth("github", "code=x&state=theirs".parse()?, "ours").await.err(),
        nowhere.connections().page().await.err(),
    ];
    for error in errors.into_iter().flatten() {
        let code = error.code().map_or("no answer", |code| code.as_str());
        println!("{:<22} {}", code, words(&error));
    }
    Ok(())
}
