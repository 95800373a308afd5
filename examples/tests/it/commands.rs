//! What a terminal sees of the journey and of the demo.

use std::process::Stdio;

use connectors_examples::{
    backend::{Against, Backend},
    target::TENANT,
};
use connectors_mock::ConnectorsMock;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdout, Command},
};
use url::Url;

/// `cargo run -- …`, and what it prints.
struct Run {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    printed: String,
}

impl Run {
    fn with(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_connectors-examples"))
            .args(arguments)
            .env_remove("CONNECTORS_TOKEN")
            .env_remove("CONNECTORS_TENANT")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, printed: String::new() }
    }

    /// Reads until a line of which `find` makes something.
    async fn until<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> T {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            self.printed.push_str(&line);
            self.printed.push('\n');
            if let Some(found) = find(&line) {
                return found;
            }
        }
        panic!("it ended with\n{}", self.printed);
    }

    async fn types(&mut self, line: &str) {
        self.child.stdin.take().unwrap().write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn gets_ctrl_c(&self) {
        let process = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &process]).status().await.unwrap().success());
    }

    /// Whether it succeeded, all that it printed, and its complaints.
    async fn ends(mut self) -> (bool, String, String) {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            self.printed.push_str(&line);
            self.printed.push('\n');
        }
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).await.unwrap();
        (self.child.wait().await.unwrap().success(), self.printed, errors)
    }
}

/// The address at the end of a line that begins with these words.
fn address(words: &'static str) -> impl Fn(&str) -> Option<Url> {
    move |line| {
        let address: Url = line.trim().strip_prefix(words)?.trim().parse().ok()?;
        (address.scheme() == "http").then_some(address)
    }
}

#[tokio::test]
async fn the_journey_leads_through_a_service_that_runs_already() {
    let backend = Backend::start(Against::Service).await.unwrap();
    let url = backend.url().unwrap();
    let token = backend.operator_token();
    let mut run = Run::with(&["--against", url.as_str(), "--token", &token, "--tenant", &TENANT.to_string()]);
    let authorize_url = run.until(address("")).await;
    let callback = backend.approve(&authorize_url).await.unwrap();
    run.types(callback.as_str()).await;

    let (succeeded, printed, errors) = run.ends().await;
    assert!(succeeded, "{printed}{errors}");
    for said in ["connected as Codertocat", "this tenant has no signals yet", "All steps went through"] {
        assert!(printed.contains(said), "no {said:?} in\n{printed}");
    }
    // The authorize URL is for opening; beside it neither code nor state is printed.
    let shown = printed.replace(authorize_url.as_str(), "");
    for (name, value) in callback.query_pairs().filter(|(name, _)| name == "code" || name == "state") {
        assert!(!shown.contains(&*value), "{name} is printed:\n{shown}");
    }
    assert!(!printed.contains(&token));
}

#[tokio::test]
async fn without_credentials_of_a_provider_the_journey_says_which_steps_it_leaves_out() {
    let mock = ["github", "gmail", "google-calendar", "google-drive", "jira", "slack", "zoho-cliq", "zoho-mail"]
        .into_iter()
        .fold(ConnectorsMock::builder(), |mock, provider| mock.without_credentials(provider));
    let mock = mock.start().await;
    let tenant = TENANT.to_string();
    let run = Run::with(&["--against", mock.url(), "--token", mock.operator_token(), "--tenant", &tenant]);
    let (succeeded, printed, errors) = run.ends().await;
    assert!(succeeded, "{printed}{errors}");
    assert_eq!(printed.matches("no credentials of any provider").count(), 3, "{printed}");
    assert!(printed.contains("this tenant has connected nothing"), "{printed}");
    assert!(printed.contains("The steps that were possible went through"), "{printed}");
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_said() {
    let tenant = TENANT.to_string();
    for (arguments, said) in [
        (&["--against", "http://127.0.0.1:9"][..], "needs --token and --tenant"),
        (&["--against", "moc"], "neither `service` nor `mock` nor the URL"),
        (&["--against", "http://127.0.0.1:9", "--token", "x", "--tenant", &tenant], "Step 1 failed"),
        (&["demo", "--against", "nobody"], "invalid value"),
    ] {
        let (succeeded, printed, errors) = Run::with(arguments).ends().await;
        assert!(!succeeded, "{printed}");
        assert!(errors.contains(said), "{arguments:?}: {errors}");
    }
}

#[tokio::test]
async fn what_is_left_up_minds_no_unknown_route_and_ends_with_ctrl_c() {
    let mut run = Run::with(&["--against", "mock", "--serve"]);
    let url = run.until(address("Service")).await;
    let answer = reqwest::get(url.join("favicon.ico").unwrap()).await.unwrap();
    assert_eq!(answer.status(), 404);
    run.until(|line| line.contains("curl").then_some(())).await;
    run.gets_ctrl_c().await;
    let (succeeded, printed, errors) = run.ends().await;
    assert!(succeeded && errors.is_empty(), "{printed}{errors}");
}

#[tokio::test]
async fn the_demo_says_where_it_is_and_ends_with_ctrl_c() {
    for against in ["service", "mock"] {
        let mut run = Run::with(&["demo", "--port", "0", "--every", "0", "--against", against]);
        let url = run.until(address("Poblysh Core")).await;
        assert!(reqwest::get(url).await.unwrap().text().await.unwrap().contains("Log in"));
        run.until(|line| line.contains("Ctrl-C").then_some(())).await;
        run.gets_ctrl_c().await;
        let (succeeded, printed, errors) = run.ends().await;
        assert!(succeeded && errors.is_empty(), "{printed}{errors}");
        assert!(printed.contains("log in as ada (of Acme), password demo"), "{printed}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_reported_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (succeeded, _, errors) = Run::with(&["demo", "--port", &port]).ends().await;
    assert!(!succeeded);
    assert!(errors.contains(&format!("port {port} can't be had")) && errors.contains("--port"), "{errors}");
}
