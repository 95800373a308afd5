//! `cargo xtask test`: everything that must hold before a commit lands.

mod prerequisites;
mod slowest;
mod step;

use std::time::Instant;

use step::Step;

use crate::BoxError;

/// The tests that meet a database and choose their engine: the server's, the twin's, the journey's.
const DATABASE: &str = "(package(connectors-server) & kind(test) - test(/^replicas::/)) \
                        + (package(connectors-mock) & test(/^(scripts|generated)::/)) \
                        + (package(connectors-examples) & test(/^journey::/))";

/// Runs all steps, the quick ones first, and stops at the first that fails.
pub(crate) fn run() -> Result<(), BoxError> {
    let started = Instant::now();
    prerequisites::ensure()?;
    let steps = [
        Step::cargo("formatting", &["fmt", "--all", "--check"]),
        Step::cargo("clippy", &["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"]),
        Step::cargo("documentation", &["doc", "--workspace", "--no-deps", "--locked"])
            .with("RUSTDOCFLAGS", "--deny warnings"),
        Step::cargo("build", &["build", "--workspace", "--all-targets", "--locked"]),
        Step::built("openapi.json", "codegen", &["openapi", "--check"]),
        Step::built("generated files", "codegen", &["files", "--check"]),
        Step::nextest(
            "tests",
            &["nextest", "run", "--profile", "suite", "--workspace", "--locked", "--color", "never"],
        ),
        Step::nextest(
            "tests on PostgreSQL",
            &["nextest", "run", "--profile", "suite", "--workspace", "--locked", "--color", "never", "-E", DATABASE],
        )
        .with("TEST_DATABASE", "postgres"),
        Step::cargo("doctests", &["test", "--workspace", "--doc", "--locked", "--quiet"]),
    ];
    let mut times = Vec::new();
    let mut slowest = slowest::Slowest::default();
    for step in steps {
        println!("\n── {} ──", step.name);
        let begun = Instant::now();
        let result = step.run(&mut slowest);
        times.push((step.name, begun.elapsed()));
        if let Err(error) = result {
            summary(&times, &slowest, started);
            return Err(error);
        }
    }
    summary(&times, &slowest, started);
    println!("\nAll good.");
    Ok(())
}

fn summary(times: &[(&str, std::time::Duration)], slowest: &slowest::Slowest, started: Instant) {
    println!("\nTime of each step:");
    for (name, time) in times {
        println!("{:>9.1} s  {name}", time.as_secs_f64());
    }
    println!("{:>9.1} s  altogether", started.elapsed().as_secs_f64());
    slowest.print();
}
