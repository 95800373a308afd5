use connectors_mock::ConnectorsMock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mock = ConnectorsMock::start().await;
    let connectors = mock.client();

    for provider in connectors.providers().await? {
        println!("{} can be connected: {}", provider.display_name, provider.available);
    }
    Ok(())
}
