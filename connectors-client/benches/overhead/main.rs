//! What the client costs beside hand-written `reqwest` and `serde`, on the same socket in the same run.
//!
//! ```text
//! cargo bench -p connectors-client                  all of it
//! cargo bench -p connectors-client -- calls stream  some of it
//! ```

mod build;
mod calls;
mod counting;
mod hand_written;
mod service;
mod stream;

#[global_allocator]
static ALLOCATOR: counting::Counting = counting::Counting;

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_chosen = |part: &str| chosen.is_empty() || chosen.iter().any(|chosen| chosen == part);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let url = service::start();
    if is_chosen("calls") {
        runtime.block_on(calls::run(&url));
    }
    if is_chosen("stream") {
        runtime.block_on(stream::run(&url));
    }
    if is_chosen("build") {
        build::run();
    }
}

/// The middle one.
fn median(mut times: Vec<std::time::Duration>) -> std::time::Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The middle one of what each of these took in terms of its neighbour among those.
fn ratio(these: &[std::time::Duration], those: &[std::time::Duration]) -> f64 {
    let pairs = these.iter().zip(those);
    let mut ratios: Vec<f64> = pairs.map(|(this, that)| this.as_secs_f64() / that.as_secs_f64()).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}
