//! A new operator token without a restart: `cargo run --example rotate_token`.

use connectors_client::{Connectors, TokenFile};
use connectors_examples::target::Target;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let target = Target::from_args().await?;

    // A mounted secret in reality.
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("operator-token");
    std::fs::write(&file, "last-years-token")?;
    let connectors = Connectors::builder(target.url.as_str()).token_source(TokenFile::new(&file)).build()?;
    let tenant = connectors.tenant(target.tenant.id());

    match tenant.connections().page().await {
        Ok(_) => println!("last year's token is still taken"),
        Err(error) => println!("last year's token: {}", error.code().map_or("no answer", |code| code.as_str())),
    }

    std::fs::write(&file, &target.token)?;
    let connections = tenant.connections().page().await?.items.len();
    println!("this year's token, same client: {connections} connections");
    Ok(())
}
