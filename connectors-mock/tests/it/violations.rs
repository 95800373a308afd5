//! What fails a test.

use std::panic::{AssertUnwindSafe, catch_unwind};

use connectors_mock::{ConnectorsMock, Operation};

/// The text with which this fails.
fn failure(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("it must fail");
    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_owned())
}

async fn mock_that_was_asked(method: &str, path: &str) -> (ConnectorsMock, String) {
    let mock = ConnectorsMock::start().await;
    let request = reqwest::Client::new().request(method.parse().unwrap(), format!("{}{path}", mock.url()));
    let body = request.send().await.unwrap().text().await.unwrap();
    (mock, body)
}

#[tokio::test]
async fn a_route_that_there_is_not_fails_when_the_mock_is_dropped() {
    let (mock, body) = mock_that_was_asked("GET", "/signal?limit=1").await;
    assert!(body.contains("did you mean `GET /signals`?"), "{body}");
    assert_eq!(mock.violations()[0].operation, Some(Operation::ListSignals));
    let failure = failure(|| drop(mock));
    for part in
        ["tests/it/violations.rs:", "GET /signal?limit=1", "a route of the service; did you mean `GET /signals`?"]
    {
        assert!(failure.contains(part), "{failure}");
    }
}

#[tokio::test]
async fn a_method_that_a_route_lacks_fails_at_verify() {
    let (mock, _) = mock_that_was_asked("POST", "/signals").await;
    let failure = failure(|| mock.verify());
    assert!(failure.contains("expected: one of the methods GET,HEAD\n    came: POST"), "{failure}");
    // Told once.
    mock.verify();
}

#[tokio::test]
async fn a_refusal_of_the_service_is_no_violation() {
    let (mock, body) = mock_that_was_asked("GET", "/signals?limit=0").await;
    assert!(body.contains("UNAUTHORIZED"), "{body}");
    mock.verify();
}

#[tokio::test]
async fn an_expectation_of_the_tests_own_mocks_fails_too() {
    let mock = ConnectorsMock::start().await;
    let never =
        wiremock::Mock::given(wiremock::matchers::path("/never")).respond_with(wiremock::ResponseTemplate::new(200));
    never.expect(1).mount(mock.wiremock()).await;
    assert!(failure(|| drop(mock)).contains("Verifications failed"));
}

#[tokio::test]
async fn seeds_that_the_contract_does_not_allow_are_refused_where_they_stand() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    assert!(
        failure(|| drop(acme.has_connection("gitub"))).contains("there is no provider `gitub`; did you mean `github`?")
    );
    assert!(failure(|| drop(acme.receives("github", "issue_creatd"))).contains("did you mean `issue_created`?"));
    let wrong = serde_json::json!({"kind": "pr_merged", "occurred_at": "yesterday"});
    assert!(failure(|| drop(acme.has_signal(wrong))).contains("date-time"));
    acme.has_connection("github");
    assert!(failure(|| drop(acme.has_connection("github"))).contains("already"));
    let strange = "https://github.com/login/oauth/authorize?state=x";
    assert!(failure(|| drop(mock.user().approves(strange))).contains("is not an authorize URL that this mock"));
}

#[test]
fn a_mock_is_dropped_in_a_task_that_has_spent_its_budget() {
    for drained in 0..=300 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mock = ConnectorsMock::start().await;
            let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
            (0..drained).for_each(|message| sender.send(message).unwrap());
            for _ in 0..drained {
                receiver.recv().await.unwrap();
            }
            drop(mock);
        });
    }
}
