use connectors_client::{Error, Tenant};
use connectors_mock::ConnectorsMock;

/// What Core would write: it knows nothing of the mock.
async fn print_signals(tenant: &Tenant) -> Result<(), Error> {
    let mut signals = tenant.signals().provider("github").stream();
    while let Some(signal) = signals.try_next().await? {
        let who = signal.actor.map(|actor| actor.name).unwrap_or_default();
        println!(
            "{}  {:<13}  {who}: {}",
            signal.occurred_at.format("%Y-%m-%d %H:%M"),
            signal.kind,
            signal.title
        );
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    acme.has_connection("github");

    // What GitHub delivered once, as the service makes signals of it.
    for event in ["code_pushed", "issue_created", "issue_comment", "pr_opened"] {
        acme.receives("github", event);
    }
    print_signals(&mock.client().tenant(acme.id())).await?;
    Ok(())
}
