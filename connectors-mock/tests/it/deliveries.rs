//! Deliveries that the mock makes for a test.

use connectors_client::{ErrorCode, ReceiptStatus};
use connectors_mock::{ConnectorsMock, Delivery, Tenant};
use serde_json::{Value, json};

use crate::panics::text_of;

/// The provider posts it.
async fn posted(mock: &ConnectorsMock, delivery: &Delivery) -> (u16, Value) {
    let mut request = reqwest::Client::new().post(format!("{}{}", mock.url(), delivery.path()));
    for (name, value) in delivery.headers() {
        request = request.header(name, value);
    }
    let answer = request.body(delivery.body()).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// Core hands it on.
async fn handed_on(tenant: &Tenant, provider: &str, delivery: &Delivery) -> ReceiptStatus {
    let mut call = tenant.client().ingest_webhook(provider, delivery.body());
    for (name, value) in delivery.headers() {
        call = call.header(name, value);
    }
    call.send().await.unwrap().status
}

/// Zoho Mail hands the secret of the tenant's webhook over.
async fn hand_over(mock: &ConnectorsMock, tenant: &Tenant, secret: &str) {
    let setup = tenant.webhook_secret("zoho-mail");
    let url = format!("{}/webhooks/zoho-mail/{}?setup={setup}", mock.url(), tenant.id());
    let answer = reqwest::Client::new().post(url).header("X-Hook-Secret", secret).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_delivery_is_taken_from_the_provider_and_from_core() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    acme.has_connection("slack");
    hand_over(&mock, &acme, "the first").await;
    hand_over(&mock, &acme, "the second").await;
    for (provider, event, kind) in [
        ("github", "issues.opened", "issue_created"),
        ("github", "pr_merged", "pr_merged"),
        ("jira", "issue_created", "issue_created"),
        ("slack", "message", "message_posted"),
        ("zoho-cliq", "message_handler", "message_posted"),
        ("zoho-mail", "email", "email_received"),
    ] {
        let delivery = acme.delivery(provider, event);
        assert_eq!(posted(&mock, &delivery).await, (202, json!({"status": "accepted", "signals": 1})), "{provider}");
        let signals = acme.client().signals().provider(provider).kind(kind).page().await.unwrap().items;
        assert_eq!(signals.len(), 1, "{provider} {event}");
        assert_eq!(handed_on(&acme, provider, &delivery).await, ReceiptStatus::Duplicate, "{provider}");
        let once_more = acme.delivery(provider, event);
        assert_eq!(posted(&mock, &once_more).await.1["status"], "duplicate", "{provider}");
        let other = mock.tenant("globex");
        assert_eq!(handed_on(&other, provider, &delivery).await, ReceiptStatus::Accepted, "{provider}");
    }
}

#[tokio::test]
async fn a_delivery_is_of_its_tenant_and_of_its_time() {
    let mock = ConnectorsMock::start().await;
    let (acme, globex) = (mock.tenant("acme"), mock.tenant("globex"));
    let of_acme = acme.delivery("github", "issues.opened");
    assert!(of_acme.path().ends_with(&acme.id().to_string()));
    let signature = |delivery: &Delivery| {
        let of = |(name, value): (&str, &str)| (name == "X-Hub-Signature-256").then(|| value.to_owned());
        delivery.headers().find_map(of).unwrap()
    };
    assert_ne!(signature(&of_acme), signature(&globex.delivery("github", "issues.opened")));

    let of_slack = acme.delivery("slack", "message");
    assert_eq!(of_slack.path(), "/webhooks/slack");
    mock.clock().advance(std::time::Duration::from_secs(301));
    let (status, problem) = posted(&mock, &of_slack).await;
    assert_eq!((status, &problem["code"]), (401, &json!("INVALID_SIGNATURE")));
}

#[tokio::test]
async fn what_nobody_can_sign_is_handed_on_and_what_is_fetched_is_not_delivered() {
    let mock = ConnectorsMock::start().await;
    let acme = mock.tenant("acme");
    let taken = [("gmail", "push", ReceiptStatus::Ignored), ("zoho-mail", "email", ReceiptStatus::Accepted)];
    for (provider, event, status) in taken {
        let delivery = acme.delivery(provider, event);
        assert_eq!(posted(&mock, &delivery).await.1["code"], json!(ErrorCode::InvalidSignature.as_str()), "{provider}");
        assert_eq!(handed_on(&acme, provider, &delivery).await, status, "{provider}");
    }
    let fetched = text_of(|| drop(acme.delivery("google-drive", "file_moved")));
    assert_eq!(fetched, "the service fetches google-drive's `file_moved`; `receives` plays that");
    let misspelt = text_of(|| drop(acme.delivery("github", "issue.opened")));
    assert_eq!(misspelt, "no event `issue.opened` of github was recorded; did you mean `issues.opened`?");
}
