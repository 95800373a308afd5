//! Connects an account of GitHub: `cargo run --example connect`.

use connectors_client::CallbackQuery;
use connectors_examples::target::Target;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let target = Target::from_args().await?;

    // Core keeps the state in the user's session, and sends the browser to the authorize URL.
    let started = target.tenant.start_oauth("github").send().await?;
    let callback = target.callback(&started.authorize_url)?;

    // The provider sends the browser to Core's callback, which hands on the whole query.
    let query: CallbackQuery = callback.query().unwrap_or_default().parse()?;
    let connection = target.tenant.complete_oauth("github", query, &started.state).await?;

    println!("connected {} as {}", connection.external_account.name, connection.id);
    Ok(())
}
