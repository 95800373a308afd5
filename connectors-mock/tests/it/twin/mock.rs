//! The mock.

use std::time::Duration;

use connectors_mock::{ConnectorsMock, Fault, Operation};
use reqwest::{RequestBuilder, Url};
use uuid::Uuid;

use super::{
    call::{Outage, Visit},
    side::{OTHER_REDIRECT, REDIRECT, Setup, Side, TOKENS},
};

/// The operations that read what is stored.
const READING: [Operation; 9] = [
    Operation::StartOAuth,
    Operation::CompleteOAuth,
    Operation::ListConnections,
    Operation::GetConnection,
    Operation::DeleteConnection,
    Operation::ListSignals,
    Operation::GetSignal,
    Operation::IngestWebhook,
    Operation::IngestSignedWebhook,
];

pub struct MockSide(pub ConnectorsMock);

impl MockSide {
    pub async fn start(setup: &Setup) -> Self {
        let mut builder = ConnectorsMock::builder()
            .operator_tokens(TOKENS)
            .redirect_uri(REDIRECT)
            .allow_redirect_uri(OTHER_REDIRECT)
            .tolerate_unknown_requests();
        if let Some((per_second, burst)) = setup.rate_limit {
            builder = builder.rate_limit(per_second.get(), burst.get());
        }
        if setup.not_configured {
            builder = builder.without_credentials("github");
        }
        Self(builder.start().await)
    }
}

impl Side for MockSide {
    fn base(&self) -> Url {
        self.0.url().parse().unwrap()
    }

    fn own_secret(&self, provider: &str, tenant: Uuid) -> String {
        self.0.tenant_with_id(tenant.try_into().unwrap()).webhook_secret(provider)
    }

    fn app_secret(&self, provider: &str) -> String {
        self.0.app_webhook_secret(provider)
    }

    async fn suffer(&mut self, outage: Outage) {
        let fails_once = |fault| self.0.on(Operation::CompleteOAuth).fail_next(1, fault);
        let all_that_read = |fault: &Fault| {
            for operation in READING {
                self.0.on(operation).fail(fault.clone());
            }
        };
        match outage {
            Outage::ProviderFails(status) => fails_once(Fault::provider_error("github", status)),
            Outage::ProviderHangs => fails_once(Fault::provider_timeout("github")),
            Outage::DatabaseGone => {
                let fault = Fault::unavailable(Duration::from_secs(1));
                all_that_read(&fault);
                self.0.on(Operation::GetReadiness).fail(fault);
            }
            Outage::DatabaseBroken => all_that_read(&Fault::internal_error()),
        }
    }

    async fn hold(&mut self, _: RequestBuilder) {
        self.0.on(Operation::CompleteOAuth).fail_next(1, Fault::oauth_in_progress());
    }

    fn advance(&mut self, duration: Duration) {
        self.0.clock().advance(duration);
    }

    async fn visit(&mut self, authorize_url: &Url, visit: &Visit) -> Url {
        let user = self.0.user();
        match visit {
            Visit::Approve => user.approves(authorize_url),
            Visit::ApproveAs(id, login) => {
                let user = user.signed_in_as(&id.to_string(), login).with_page(&format!("https://github.com/{login}"));
                user.approves(authorize_url)
            }
            Visit::Deny => user.denies(authorize_url),
        }
    }
}
