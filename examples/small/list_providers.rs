//! What can be connected: `cargo run --example list_providers`.

use connectors_examples::target::Target;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let target = Target::from_args().await?;

    for provider in target.connectors.providers().await? {
        let available = if provider.available { "available" } else { "without credentials" };
        println!("{:<16} {:<16} {available}", provider.name, provider.display_name);
    }
    Ok(())
}
