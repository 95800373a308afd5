//! What the journey leads through: something that it starts itself, or a service that runs already.

use std::{error::Error, io, str::FromStr};

use clap::ValueEnum;
use connectors_client::TenantId;
use url::Url;

use crate::{
    backend::{self, Backend},
    target::{TENANT, ask_for_callback},
};

type BoxError = Box<dyn Error + Send + Sync>;

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) enum Against {
    /// Something to start.
    Started(backend::Against),
    /// A service that runs already.
    Url(Url),
}

impl FromStr for Against {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(started) = backend::Against::from_str(text, false) {
            return Ok(Self::Started(started));
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self::Url(url)),
            _ => Err("it is neither `service` nor `mock` nor the URL of a service".to_owned()),
        }
    }
}

/// What answers, and who approves.
#[derive(Debug)]
pub(super) enum Ground {
    /// Service or mock, started for the journey.
    Started(Backend),
    /// A service that runs already.
    Running(Running),
}

/// A service that runs already; whoever sits at the terminal approves.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) url: Url,
    pub(super) token: String,
    pub(super) tenant: TenantId,
}

impl Ground {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Started(backend) => backend.name().to_owned(),
            Self::Running(running) => running.url.to_string(),
        }
    }

    pub(super) fn url(&self) -> Result<Url, BoxError> {
        match self {
            Self::Started(backend) => backend.url(),
            Self::Running(running) => Ok(running.url.clone()),
        }
    }

    pub(super) fn operator_token(&self) -> String {
        match self {
            Self::Started(backend) => backend.operator_token(),
            Self::Running(running) => running.token.clone(),
        }
    }

    /// The Poblysh tenant id itself, the guide's recommended strategy.
    pub(super) fn tenant(&self) -> Result<TenantId, BoxError> {
        match self {
            Self::Started(_) => Ok(TenantId::new(TENANT)?),
            Self::Running(running) => Ok(running.tenant),
        }
    }

    pub(super) async fn approve(&self, authorize_url: &Url) -> Result<Url, BoxError> {
        match self {
            Self::Started(backend) => backend.approve(authorize_url).await,
            Self::Running(_) => ask_for_callback(authorize_url, &mut io::stdin().lock()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_or_a_url_says_what_to_run_against() {
        assert!(matches!("mock".parse(), Ok(Against::Started(backend::Against::Mock))));
        assert!(matches!("https://connectors.internal".parse(), Ok(Against::Url(_))));
        for wrong in ["moc", "", "localhost:8080", "file:///etc/passwd"] {
            assert!(wrong.parse::<Against>().is_err(), "{wrong}");
        }
    }
}
