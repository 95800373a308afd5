//! All signals of a tenant, newest first: `cargo run --example stream_signals`.

use connectors_examples::target::Target;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let target = Target::from_args().await?.with_signals();

    // Pages of two, so that there are several: the next is asked for when it is needed.
    let mut signals = target.tenant.signals().provider("github").page_size(2).stream();
    let mut count = 0;
    while let Some(signal) = signals.try_next().await? {
        println!("{}  {:<15} {}", signal.occurred_at.format("%Y-%m-%d %H:%M"), signal.kind, signal.title);
        count += 1;
    }
    println!("{count} signals");
    Ok(())
}
