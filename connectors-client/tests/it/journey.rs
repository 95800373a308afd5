//! What Core does, from the first click to the end of a connection, with the service that tests have.

use connectors_client::{CallbackQuery, ConnectionStatus, ErrorCode, ErrorKind, ReceiptStatus, SignalKind};
use connectors_mock::ConnectorsMock;

use crate::{canary, peer::TOKEN};

/// A mock that takes the token which must not be printed.
async fn mock() -> ConnectorsMock {
    canary::watch();
    ConnectorsMock::builder().operator_tokens([TOKEN]).start().await
}

#[tokio::test]
async fn a_tenant_connects_reads_its_signals_and_disconnects() {
    let mock = mock().await;
    let connectors = mock.client();
    assert_eq!(connectors.health().await.unwrap().status, "ok");
    assert_eq!(connectors.readiness().await.unwrap().checks.migrations, "ok");
    assert_eq!(connectors.service_info().await.unwrap().docs_url, "/docs");
    let providers = connectors.providers().await.unwrap();
    let github = providers.iter().find(|provider| provider.name == "github").unwrap();
    assert!(github.available && github.signal_kinds.contains(&SignalKind::IssueCreated));

    let acme = mock.tenant("acme");
    let tenant = acme.client();
    let started = tenant.start_oauth("github").await.unwrap();
    let callback = mock.user().approves(&started.authorize_url);
    let query: CallbackQuery = callback.query().unwrap_or_default().parse().unwrap();
    let connection = tenant.complete_oauth("github", query.clone(), &started.state).await.unwrap();
    // A user who reloads the page.
    assert_eq!(tenant.complete_oauth("github", query, &started.state).await.unwrap(), connection);
    assert_eq!(tenant.connections().page().await.unwrap().items, std::slice::from_ref(&connection));
    assert_eq!(connection.status, ConnectionStatus::Active);

    let received: Vec<_> = (0..5).map(|_| acme.receives("github", "issue_created")).collect();
    let mut stream = tenant.signals().connection(connection.id).page_size(2).stream();
    let mut streamed = Vec::new();
    while let Some(signal) = stream.try_next().await.unwrap() {
        streamed.push(signal);
    }
    streamed.reverse();
    assert_eq!(streamed, received);
    let signal = tenant.signal(received[0].id).await.unwrap();
    assert_eq!(signal.title, received[0].title);
    let payload = signal.payload.unwrap();

    // Core hands on a delivery, and the provider repeats it.
    for status in [ReceiptStatus::Accepted, ReceiptStatus::Duplicate] {
        let delivery = tenant
            .ingest_webhook("github", payload.as_str())
            .headers([("X-GitHub-Event", "issues"), ("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")]);
        assert_eq!(delivery.await.unwrap().status, status);
    }

    tenant.delete_connection(connection.id).await.unwrap();
    let gone = tenant.connection(connection.id).await.unwrap_err();
    assert_eq!((gone.kind(), gone.code()), (ErrorKind::Service, Some(&ErrorCode::ConnectionNotFound)));
    assert!(tenant.connections().page().await.unwrap().items.is_empty());
    assert_eq!(tenant.signals().page().await.unwrap().items.len(), 6);
}

#[tokio::test]
async fn a_user_who_says_no_is_told_apart_from_what_went_wrong() {
    let mock = mock().await;
    let tenant = mock.tenant("acme").client();
    let started = tenant.start_oauth("github").await.unwrap();
    let callback = mock.user().denies(&started.authorize_url);
    let query = callback.query().unwrap_or_default().parse().unwrap();
    let error = tenant.complete_oauth("github", query, &started.state).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), (Some(&ErrorCode::OAuthDenied), false));
}

#[tokio::test]
async fn a_tenant_sees_nothing_of_another() {
    let mock = mock().await;
    let (acme, other) = (mock.tenant("acme"), mock.tenant("other").client());
    let connection = acme.has_connection("github");
    let signal = acme.receives("github", "issue_created");
    let code = |error: connectors_client::Error| error.code().cloned();
    assert_eq!(code(other.connection(connection.id).await.unwrap_err()), Some(ErrorCode::ConnectionNotFound));
    assert_eq!(code(other.delete_connection(connection.id).await.unwrap_err()), Some(ErrorCode::ConnectionNotFound));
    assert_eq!(code(other.signal(signal.id).await.unwrap_err()), Some(ErrorCode::SignalNotFound));
    assert!(other.signals().page().await.unwrap().items.is_empty());
    assert!(other.connections().page().await.unwrap().items.is_empty());
}
