//! A cold debug build of a crate that imports only the client, against one that imports only what any client needs.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const ROUNDS: usize = 2;

pub(crate) fn run() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let client = format!("connectors-client = {{ path = {here:?} }}");
    let bare = r#"reqwest = { version = "0.13", default-features = false, features = ["rustls"] }
serde_json = "1"
uuid = "1""#;
    let mut best = [Duration::MAX; 2];
    for round in 0..ROUNDS {
        // Turned round each time, so that neither has the warmer caches.
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for number in order {
            let time = build([client.as_str(), bare][number], here);
            best[number] = best[number].min(time);
        }
    }
    let ratio = best[0].as_secs_f64() / best[1].as_secs_f64();
    println!("cold debug build: {:?} against {:?} of reqwest, serde_json and uuid: {ratio:.3}", best[0], best[1]);
}

fn build(dependencies: &str, here: &Path) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let manifest = format!(
        "[package]\nname = \"importer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\n"
    );
    fs::write(path.join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(path.join("src")).unwrap();
    fs::write(path.join("src/lib.rs"), "").unwrap();
    // The same versions.
    fs::copy(here.join("../Cargo.lock"), path.join("Cargo.lock")).unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--offline", "--quiet"]).current_dir(path).env("CARGO_TARGET_DIR", path.join("target"));
    let begun = Instant::now();
    let status = cargo.stdout(Stdio::null()).status().unwrap();
    let time = begun.elapsed();
    assert!(status.success());
    time
}
