//! A test of Core's with the mock: `cargo test --example core_test_with_mock`, or `cargo run --example core_test_with_mock`.

use std::time::Duration;

use connectors_client::{Error, Tenant};
use connectors_mock::{ConnectorsMock, Fault, NewSignal, Operation};

/// What is tested: a function of Core's.
async fn titles(tenant: &Tenant) -> Result<Vec<String>, Error> {
    let mut signals = tenant.signals().page_size(2).stream();
    let mut titles = Vec::new();
    while let Some(signal) = signals.try_next().await? {
        titles.push(signal.title);
    }
    Ok(titles)
}

async fn core_reads_all_titles_and_waits_out_a_rate_limit() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    for title in ["one", "two", "three"] {
        acme.has_signal(NewSignal::of("issue_created").title(title));
    }
    // The client waits half a minute of the mock's clock, which passes at once.
    mock.on(Operation::ListSignals).fail_next(1, Fault::rate_limited(Duration::from_secs(30)));

    let titles = titles(&acme.client()).await.expect("the signals can be read");

    assert_eq!(titles, ["three", "two", "one"]);
    mock.assert_backoff_honoured();
}

#[tokio::main]
async fn main() {
    core_reads_all_titles_and_waits_out_a_rate_limit().await;
    println!("passed");
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn core_reads_all_titles_and_waits_out_a_rate_limit() {
        super::core_reads_all_titles_and_waits_out_a_rate_limit().await;
    }
}
