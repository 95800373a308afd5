//! One test of Core, written twice: `cargo run -p connectors-examples --bin side_by_side`.
//!
//! [`core`] is the code under test. [`with_connectors_mock`] and [`with_wiremock`] test the same of it: an account is
//! connected, a rate limit is waited out, and all pages of its signals are read. What the second one states about the service
//! nobody checks.

mod core;
mod with_connectors_mock;
mod with_wiremock;

/// The lines of a test that are neither empty nor a comment.
fn lines(source: &str) -> usize {
    source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

async fn both() {
    with_connectors_mock::core_reads_all_signals_of_a_connected_account().await;
    with_wiremock::core_reads_all_signals_of_a_connected_account().await;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    both().await;
    for (name, source) in [
        ("connectors-mock", include_str!("with_connectors_mock.rs")),
        ("plain wiremock", include_str!("with_wiremock.rs")),
    ] {
        println!("{name:<16} {:>4} lines", lines(source));
    }
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn both_tests_pass_and_the_one_with_the_mock_is_a_quarter_of_the_other_at_most() {
        super::both().await;
        let with_mock = super::lines(include_str!("with_connectors_mock.rs"));
        assert!(with_mock * 4 <= super::lines(include_str!("with_wiremock.rs")));
    }
}
