//! What fails a test.

use connectors_mock::{ConnectorsMock, Operation};
use wiremock::{Mock, ResponseTemplate};

use crate::panics::text_of as failure;

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
async fn a_browsers_developer_tools_fail_no_test() {
    let path = "/.well-known/appspecific/com.chrome.devtools.json";
    let (mock, body) = mock_that_was_asked("GET", path).await;
    assert!(body.contains(r#""code":"NOT_FOUND""#), "{body}");
    mock.verify();
}

#[tokio::test]
async fn a_refusal_of_the_service_is_no_violation() {
    let (mock, body) = mock_that_was_asked("GET", "/signals?limit=0").await;
    assert!(body.contains("UNAUTHORIZED"), "{body}");
    mock.verify();
}

#[tokio::test]
async fn an_expectation_of_a_scoped_mock_fails_where_its_scope_ends() {
    let mock = ConnectorsMock::start().await;
    let guard = never("/never").mount_as_scoped(mock.wiremock()).await;
    mock.client().providers().await.unwrap();
    let told = failure(|| drop(guard));
    assert!(told.contains("Expected range of matching incoming requests: == 1"), "{told}");
    // wiremock, too, goes on to hold it against the server.
    failure(|| drop(mock));
}

fn never(path: &str) -> Mock {
    Mock::given(wiremock::matchers::path(path)).respond_with(ResponseTemplate::new(200)).expect(1)
}

#[tokio::test]
async fn an_expectation_of_the_tests_own_mocks_fails_too() {
    let mock = ConnectorsMock::start().await;
    never("/never").mount(mock.wiremock()).await;
    let failure = failure(|| drop(mock));
    assert!(failure.contains("tests/it/violations.rs:") && failure.contains("Verifications failed"), "{failure}");
}

#[tokio::test]
async fn an_unmet_expectation_hides_no_violation() {
    let (mock, _) = mock_that_was_asked("GET", "/signal").await;
    never("/never").mount(mock.wiremock()).await;
    let failure = failure(|| drop(mock));
    for part in
        ["met 1 violation(s):\n  list_signals: GET /signal\n", "did you mean `GET /signals`?", "Verifications failed"]
    {
        assert!(failure.contains(part), "{failure}");
    }
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

#[tokio::test]
async fn a_link_to_the_services_documentation_can_be_followed() {
    let mock = ConnectorsMock::start().await;
    let error = mock.tenant("acme").client().connection(uuid::Uuid::nil().into()).await.unwrap_err();
    assert_eq!(error.code().unwrap().as_str(), "CONNECTION_NOT_FOUND");
    for page in ["/docs", "/docs/errors#CONNECTION_NOT_FOUND"] {
        let answer = reqwest::get(format!("{}{page}", mock.url())).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
            (200, "text/html; charset=utf-8")
        );
        assert!(answer.text().await.unwrap().contains("id=\"CONNECTION_NOT_FOUND\""));
    }
    let posted = reqwest::Client::new().post(format!("{}/docs", mock.url())).send().await.unwrap();
    assert_eq!((posted.status().as_u16(), &posted.headers()["allow"]), (405, &"GET,HEAD".parse().unwrap()));
    mock.verify();
    assert_eq!(reqwest::get(format!("{}/docs/else", mock.url())).await.unwrap().status(), 404);
    assert_eq!(std::mem::take(&mut mock.violations()).len(), 1);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| mock.verify())).unwrap_err();
}
