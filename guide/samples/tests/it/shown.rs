//! What the samples show, against either.

use std::{path::Path, process::Command};

use connectors_examples::backend::Against;
use guide_samples::{BoxError, Stage};

/// Compares with `output/<name>.txt`; with `UPDATE_GUIDE=1` in the environment, writes it.
pub(crate) fn is_as_printed(name: &str, shown: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("output").join(format!("{name}.txt"));
    if std::env::var_os("UPDATE_GUIDE").is_some() {
        std::fs::write(&file, shown).unwrap();
    }
    let printed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        shown,
        printed,
        "{} is not what the sample shows; UPDATE_GUIDE=1 writes it",
        file.display()
    );
}

async fn on_both(name: &str, sample: impl AsyncFn(&mut Stage) -> Result<(), BoxError>) {
    let mut shown = Vec::new();
    for against in [Against::Service, Against::Mock] {
        let mut stage = Stage::on(against).await.unwrap();
        if let Err(error) = sample(&mut stage).await {
            panic!("{name} fails against {against:?}: {error}");
        }
        shown.push(stage.shown().to_owned());
    }
    assert_eq!(
        shown[0], shown[1],
        "{name} shows one thing against the service, another against the mock"
    );
    is_as_printed(name, &shown[0]);
}

macro_rules! samples {
    ($($name:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                on_both(stringify!($name), guide_samples::$name::run).await;
            }
        )+

        /// The samples that run against both.
        pub(crate) const ON_BOTH: &[&str] = &[$(stringify!($name)),+];
    };
}

samples![
    handle_errors,
    health,
    make_client,
    map_tenants,
    one_account,
    read_signals,
    replay_delivery,
    resume,
    rotate_token,
];

#[tokio::test]
async fn offline_test() {
    guide_samples::offline_test::run().await.unwrap();
}

#[test]
fn tutorial() {
    for (name, program) in [
        ("tutorial_1", env!("CARGO_BIN_EXE_tutorial_1")),
        ("tutorial_2", env!("CARGO_BIN_EXE_tutorial_2")),
        ("tutorial_3", env!("CARGO_BIN_EXE_tutorial_3")),
    ] {
        let output = Command::new(program).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        is_as_printed(name, std::str::from_utf8(&output.stdout).unwrap());
    }
}

/// The dependencies that the tutorial tells to write: this repository's crates, in a folder beside the project.
#[test]
fn tutorial_names_the_crates_where_they_are() {
    let text = include_str!("../../tutorial.toml");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let paths: Vec<_> =
        text.lines().filter_map(|line| line.split("path = \"../connectors/").nth(1)).collect();
    assert_eq!(paths.len(), 2);
    for path in paths {
        let folder = path.trim_end_matches("\" }");
        let manifest = std::fs::read_to_string(root.join(folder).join("Cargo.toml")).unwrap();
        assert!(
            text.lines().any(|line| line.starts_with(folder))
                && manifest.contains(&format!("name = \"{folder}\""))
        );
    }
}
