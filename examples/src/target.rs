//! What a small example runs against: the mock, or a service that is named.
//!
//! ```console
//! $ cargo run --example list_providers
//! $ cargo run --example list_providers -- --url http://127.0.0.1:8080 --token … --tenant …
//! ```

use std::{
    error::Error,
    io::{self, BufRead, Write},
};

use clap::Parser;
use connectors_client::{Connectors, OperatorToken, Tenant, TenantId};
use connectors_mock::{ConnectorsMock, NewConnection};
use url::Url;
use uuid::Uuid;

type BoxError = Box<dyn Error + Send + Sync>;

/// The tenant that the examples act for where none is named.
pub const TENANT: Uuid = Uuid::from_u128(0x6f2d_1a3e_8c47_4b7a_9c1d_0e5f_6a7b_8c9d);

/// Which service is meant.
#[derive(Debug, Clone, Parser)]
pub struct Options {
    /// The service; without it, the example starts connectors-mock
    #[arg(long, env = "CONNECTORS_URL", requires = "token")]
    url: Option<Url>,
    /// Its operator token
    #[arg(long, env = "CONNECTORS_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The tenant to act for
    #[arg(long, env = "CONNECTORS_TENANT", default_value_t = TENANT)]
    tenant: Uuid,
}

/// A service to talk to, and a tenant of it.
#[derive(Debug)]
pub struct Target {
    /// Where it is.
    pub url: Url,
    /// The token that it knows.
    pub token: String,
    /// The client that Core would have.
    pub connectors: Connectors,
    /// The tenant.
    pub tenant: Tenant,
    mock: Option<ConnectorsMock>,
}

impl Target {
    /// What the command line asks for.
    ///
    /// # Errors
    /// If there can be no client for it.
    pub async fn from_args() -> Result<Self, BoxError> {
        Self::new(Options::parse()).await
    }

    async fn new(options: Options) -> Result<Self, BoxError> {
        let id = TenantId::new(options.tenant)?;
        let (url, token, mock) = match (options.url, options.token) {
            (Some(url), Some(token)) => (url, token, None),
            _ => {
                let mock = ConnectorsMock::start().await;
                (mock.url().parse()?, mock.operator_token().to_owned(), Some(mock))
            }
        };
        let connectors =
            Connectors::builder(url.as_str()).operator_token(OperatorToken::new(token.as_str())).build()?;
        let tenant = connectors.tenant(id);
        Ok(Self { url, token, connectors, tenant, mock })
    }

    /// With the mock: an account is connected, and something has happened there. A service has what it has.
    #[must_use]
    pub fn with_signals(self) -> Self {
        if let Some(mock) = &self.mock {
            let tenant = mock.tenant_with_id(self.tenant.id());
            tenant.has_connection(NewConnection::to("github"));
            for kind in ["issue_created", "pr_opened", "pr_review", "code_pushed", "pr_merged", "issue_closed"] {
                tenant.receives("github", kind);
            }
        }
        self
    }

    /// The address that a browser came back with from the authorize URL. With the mock a user approves at once; of a service's
    /// provider, whoever sits at the terminal is asked.
    ///
    /// # Errors
    /// If what was typed is no address.
    pub fn callback(&self, authorize_url: &Url) -> Result<Url, BoxError> {
        match &self.mock {
            Some(mock) => Ok(mock.user().approves(authorize_url)),
            None => ask_for_callback(authorize_url, &mut io::stdin().lock()),
        }
    }
}

/// Shows the authorize URL, and reads the address that the browser came back with.
///
/// # Errors
/// If what was read is no address, or nothing was.
pub fn ask_for_callback(authorize_url: &Url, input: &mut dyn BufRead) -> Result<Url, BoxError> {
    println!("Open this address, and approve:\n\n  {authorize_url}\n");
    println!("The browser ends at an address that begins with Core's callback, whether a page is there or not.");
    print!("Paste that address here: ");
    io::stdout().flush()?;
    let mut line = String::new();
    input.read_line(&mut line)?;
    println!();
    match line.trim() {
        "" => Err("no address was given".into()),
        address => Url::parse(address).map_err(|error| format!("that is no address: {error}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_anything_else_is_refused() {
        let authorize_url = Url::parse("https://github.com/login/oauth/authorize?state=xyz").unwrap();
        let read = |text: &str| ask_for_callback(&authorize_url, &mut text.as_bytes());
        let callback = "https://core.example/api/connectors/github/callback?code=x&state=xyz";
        assert_eq!(read(&format!("  {callback} \r\n")).unwrap().as_str(), callback);
        assert_eq!(read("").unwrap_err().to_string(), "no address was given");
        assert!(read("yes\n").unwrap_err().to_string().starts_with("that is no address"));
    }
}
