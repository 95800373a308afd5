//! The small examples run as they are, against the mock and against a service. `core_test_with_mock` is a test itself.

use std::{path::PathBuf, process::Stdio};

use connectors_client::TenantId;
use connectors_examples::{
    backend::{Against, Backend},
    recorded,
    target::TENANT,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    process::Command,
};

/// What each prints in one of its lines.
const EXAMPLES: [(&str, &[&str]); 6] = [
    ("list_providers", &["github           GitHub           available"]),
    ("connect", &["connected Codertocat as "]),
    ("stream_signals", &["Spelling error in the README file", " signals"]),
    ("resume_from_cursor", &["before  ", "after   "]),
    (
        "handle_errors",
        &[
            "CONNECTION_NOT_FOUND   That account is not connected any more.",
            "PROVIDER_NOT_SUPPORTED This integration is not available.",
            "VALIDATION_FAILED      We don't understand that address.",
            "no answer              That link is not yours.",
            "no answer              Integrations are not available right now.",
        ],
    ),
    ("rotate_token", &["last year's token: UNAUTHORIZED", "this year's token, same client: "]),
];

/// Cargo builds the examples beside the tests.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test's file");
    test.ancestors().nth(2).expect("the profile's folder").join("examples").join(name)
}

async fn printed(name: &str, arguments: &[String]) -> String {
    let mut command = Command::new(program(name));
    for variable in ["CONNECTORS_URL", "CONNECTORS_TOKEN", "CONNECTORS_TENANT"] {
        command.env_remove(variable);
    }
    let output = command.args(arguments).output().await.unwrap_or_else(|error| panic!("{name}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{name}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn each_example_runs_against_the_mock_without_arguments() {
    for (name, expected) in EXAMPLES {
        let printed = printed(name, &[]).await;
        for line in expected {
            assert!(printed.contains(line), "{name}: no {line:?} in\n{printed}");
        }
    }
}

/// `connect` asks whoever sits at the terminal, who approves at GitHub.
async fn connected(backend: &Backend, arguments: &[String]) -> String {
    let mut child = Command::new(program("connect"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let authorize_url = loop {
        let line = lines.next_line().await.unwrap().expect("an authorize URL");
        if let Ok(url) = line.trim().parse() {
            break url;
        }
    };
    let callback = backend.approve(&authorize_url).await.unwrap();
    child.stdin.take().unwrap().write_all(format!("{callback}\n").as_bytes()).await.unwrap();
    let mut printed = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        printed.push_str(&line);
    }
    assert!(child.wait().await.unwrap().success(), "{printed}");
    printed
}

#[tokio::test]
async fn each_example_runs_against_a_service_that_is_named() {
    let backend = Backend::start(Against::Service).await.unwrap();
    let tenant = TenantId::new(TENANT).unwrap();
    for delivery in recorded::github() {
        backend.deliver(tenant, &delivery).await.unwrap();
    }
    let named = ["--url", backend.url().unwrap().as_str(), "--token", &backend.operator_token()].map(str::to_owned);
    for (name, expected) in EXAMPLES {
        let printed = match name {
            "connect" => connected(&backend, &named).await,
            _ => printed(name, &named).await,
        };
        for line in expected {
            assert!(printed.contains(line), "{name}: no {line:?} in\n{printed}");
        }
    }
}

#[tokio::test]
async fn a_url_without_a_token_is_refused_with_what_is_missing() {
    let output = Command::new(program("list_providers")).args(["--url", "http://127.0.0.1:9"]).output().await.unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("--token <TOKEN>"));
}
