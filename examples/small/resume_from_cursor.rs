//! Stops in the middle of the signals, and goes on there: `cargo run --example resume_from_cursor`.

use connectors_client::Cursor;
use connectors_examples::target::Target;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let target = Target::from_args().await?.with_signals();

    let mut signals = target.tenant.signals().page_size(2).stream();
    for _ in 0..3 {
        if let Some(signal) = signals.try_next().await? {
            println!("before  {}", signal.title);
        }
    }
    // A text, which survives a crash where Core keeps it beside its work.
    let kept = signals.cursor().map(|cursor| cursor.as_str().to_owned());
    drop(signals);

    let Some(kept) = kept else { return Ok(()) };
    let mut signals = target.tenant.signals().page_size(2).resume_from(Cursor::from(kept)).stream();
    while let Some(signal) = signals.try_next().await? {
        println!("after   {}", signal.title);
    }
    Ok(())
}
