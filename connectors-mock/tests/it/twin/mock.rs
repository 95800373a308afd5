//! The mock.

use std::time::Duration;

use connectors_mock::{ConnectorsMock, Fault, Operation};
use reqwest::Url;
use uuid::Uuid;

use super::{
    call::Visit,
    side::{OTHER_REDIRECT, REDIRECT, Setup, Side, TOKENS},
};

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

    fn own_secret(&self, tenant: Uuid) -> String {
        self.0.tenant_with_id(tenant.try_into().unwrap()).webhook_secret("github")
    }

    fn app_secret(&self) -> String {
        self.0.app_webhook_secret("github")
    }

    fn provider_fails(&mut self, status: u16) {
        self.0.on(Operation::CompleteOAuth).fail_next(1, Fault::provider_error("github", status));
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
