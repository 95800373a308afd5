use connectors_mock::ConnectorsMock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mock = ConnectorsMock::start().await;
    let connectors = mock.client();
    let acme = connectors.tenant(mock.tenant("acme").id());

    // Core asks for a URL at GitHub, and keeps the state in the user's session.
    let started = acme.start_oauth("github").send().await?;
    println!("the browser goes to {}", started.authorize_url.path());

    // The user approves; GitHub sends the browser back to Core, with a query.
    let callback = mock.user().approves(&started.authorize_url);
    let query = callback.query().unwrap_or_default().parse()?;

    // Core compares the states, and gets the connection.
    let connection = acme.complete_oauth("github", query, &started.state).await?;
    println!("connected to {} as {}", connection.provider, connection.external_account.name);
    Ok(())
}
