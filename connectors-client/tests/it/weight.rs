//! What whoever depends on the client compiles.

use std::{collections::BTreeSet, process::Command};

const BUDGET: usize = 110;

/// The crates of the normal tree, each with its version.
fn tree() -> BTreeSet<(String, String)> {
    let tree = cargo(&["tree", "-p", "connectors-client", "-e", "normal", "--prefix", "none", "--format", "{p}"]);
    let crates = tree.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
    });
    crates.collect()
}

fn cargo(arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).args(["--locked", "--offline"]);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The platform that this is.
fn host() -> String {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

#[test]
fn the_normal_tree_stays_within_its_budget_and_has_no_crate_twice() {
    let tree = tree();
    assert!((20..=BUDGET).contains(&tree.len()), "{} crates: {tree:#?}", tree.len());
    let names: BTreeSet<&str> = tree.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), tree.len(), "a crate is there twice: {tree:#?}");
}

#[test]
fn no_dependency_asks_for_a_newer_rust_than_the_client_says() {
    let tree = tree();
    // What other platforms depend on need not be here.
    let metadata = cargo(&["metadata", "--format-version", "1", "--filter-platform", &host()]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let number = |version: &str| -> Vec<u32> { version.split('.').map(|part| part.parse().unwrap()).collect() };
    let said = number(env!("CARGO_PKG_RUST_VERSION"));
    let text = |package: &serde_json::Value, field: &str| package[field].as_str().map(str::to_owned);
    let mut compared = 0;
    for package in metadata["packages"].as_array().unwrap() {
        let (Some(name), Some(version)) = (text(package, "name"), text(package, "version")) else { continue };
        let Some(asked) = text(package, "rust_version").filter(|_| tree.contains(&(name.clone(), version))) else {
            continue;
        };
        let asked = number(&asked);
        assert!(asked[..2] <= said[..2], "{name} asks for {asked:?}");
        compared += 1;
    }
    assert!(compared > 20, "{compared} crates say what they ask for");
}
