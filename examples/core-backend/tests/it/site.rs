//! Core, listening, and what it runs against.

use chrono::Utc;
use connectors_client::{Connectors, OperatorToken, Retry, TenantId};
use connectors_examples::{
    backend::{Against, Backend},
    demo::Demo,
    recorded::{self, RecordedDelivery},
};
use connectors_mock::{ConnectorsMock, NewSignal};
use core_backend::{
    Core, serve,
    tenants::Tenants,
    users::{USERS, User},
};
use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) const BOTH: [Against; 2] = [Against::Service, Against::Mock];

pub(crate) const ADA: &User = &USERS[0];

pub(crate) async fn demo(against: Against) -> Demo {
    Demo::start(against, 0, Tenants::Same).await.expect("the demo starts")
}

/// GitHub delivers all that is recorded of it.
pub(crate) async fn github_delivers(demo: &Demo, user: &User) {
    let tenant = TenantId::new(user.poblysh_tenant_id).expect("an id");
    for delivery in recorded::github() {
        demo.backend.deliver(tenant, &delivery).await.expect("the delivery is accepted");
    }
}

/// All that is recorded of GitHub happens at this moment.
pub(crate) async fn all_happens_now(demo: &Demo, user: &User) {
    for delivery in recorded::github() {
        happens_now(demo, user, &delivery).await;
    }
}

/// An issue is opened at GitHub at this moment.
pub(crate) async fn an_issue_is_opened(demo: &Demo, user: &User) {
    let opened = recorded::github().into_iter().find(|delivery| delivery.name == "issues.opened");
    happens_now(demo, user, &opened.expect("it is recorded")).await;
}

async fn happens_now(demo: &Demo, user: &User, delivery: &RecordedDelivery) {
    let tenant = TenantId::new(user.poblysh_tenant_id).expect("an id");
    match &demo.backend {
        Backend::Service(_) => demo.backend.deliver_now(tenant, delivery).await.expect("the delivery is accepted"),
        // What it receives happened when it was recorded.
        Backend::Mock(mock) => {
            let kind = if delivery.event.starts_with("pull_request") { "pr_opened" } else { "issue_created" };
            mock.tenant_with_id(tenant).has_signal(NewSignal::of(kind).occurred_at(Utc::now()));
        }
    }
}

/// The demo's mock.
pub(crate) fn mock(demo: &Demo) -> &ConnectorsMock {
    match &demo.backend {
        Backend::Mock(mock) => mock,
        Backend::Service(_) => panic!("it runs against the service"),
    }
}

/// Core alone, with a client that asks once.
pub(crate) struct Site {
    pub(crate) url: String,
    server: JoinHandle<std::io::Result<()>>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Site {
    pub(crate) async fn against(url: &str, token: &str, tenants: Tenants) -> Self {
        let core = Core::new(asks_once(url, token), tenants);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        Self { url, server: tokio::spawn(serve(listener, core, std::future::pending())) }
    }

    pub(crate) async fn against_mock(mock: &ConnectorsMock) -> Self {
        Self::against(mock.url(), mock.operator_token(), Tenants::Same).await
    }

    /// Against a port where nobody listens.
    pub(crate) async fn against_nobody() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
        Self::against(&format!("http://{free}"), "operator-token", Tenants::Same).await
    }
}

pub(crate) fn asks_once(url: &str, token: &str) -> Connectors {
    let builder = Connectors::builder(url).operator_token(OperatorToken::new(token));
    builder.retry(Retry::none()).build().expect("the client is built")
}
