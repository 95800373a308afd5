//! The providers that can be connected, and what each delivers.

use std::fmt;

use clap::ValueEnum;
use connectors_client::{ConnectionId, TenantId};
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::google::Product;
use crate::{backend::Backend, recorded};

/// A provider that has a stand-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Provider {
    /// GitHub
    Github,
    /// Gmail
    Gmail,
    /// Google Calendar
    GoogleCalendar,
    /// Google Drive
    GoogleDrive,
    /// Jira
    Jira,
    /// Slack
    Slack,
    /// Zoho Cliq
    ZohoCliq,
    /// Zoho Mail
    ZohoMail,
}

/// A delivery, ready to be posted.
pub(super) struct Signed {
    pub(super) name: &'static str,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: &'static [u8],
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Github => "GitHub",
            Self::Gmail => "Gmail",
            Self::GoogleCalendar => "Google Calendar",
            Self::GoogleDrive => "Google Drive",
            Self::Jira => "Jira",
            Self::Slack => "Slack",
            Self::ZohoCliq => "Zoho Cliq",
            Self::ZohoMail => "Zoho Mail",
        })
    }
}

impl Provider {
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gmail => "gmail",
            Self::GoogleCalendar => "google-calendar",
            Self::GoogleDrive => "google-drive",
            Self::Jira => "jira",
            Self::Slack => "slack",
            Self::ZohoCliq => "zoho-cliq",
            Self::ZohoMail => "zoho-mail",
        }
    }

    pub(super) fn whose_secret(self) -> &'static str {
        match self {
            Self::Github | Self::Jira => "the tenant's webhook secret",
            Self::Slack => "the app's signing secret",
            Self::ZohoCliq => "the tenant's webhook secret",
            Self::ZohoMail => "the secret that it hands over first",
            Self::Gmail => "Google's key",
            Self::GoogleCalendar | Self::GoogleDrive => "the channel's secret",
        }
    }

    /// The product of Google's that it is: its deliveries do no more than ring.
    pub(super) fn product(self) -> Option<Product> {
        match self {
            Self::Gmail => Some(Product::Gmail),
            Self::GoogleCalendar => Some(Product::Calendar),
            Self::GoogleDrive => Some(Product::Drive),
            Self::Github | Self::Jira | Self::Slack | Self::ZohoCliq | Self::ZohoMail => None,
        }
    }

    /// What it delivers: Slack to the app's webhook, the others to the tenant's own. The script of a bot of Cliq's says for which
    /// connection.
    pub(super) fn deliveries(
        self,
        backend: &Backend,
        tenant: TenantId,
        connection: Option<ConnectionId>,
    ) -> Vec<Signed> {
        match self {
            Self::Github => {
                let (secret, path) = (backend.webhook_secret(tenant), format!("/webhooks/github/{tenant}"));
                let signed = |delivery: recorded::RecordedDelivery| Signed {
                    name: delivery.name,
                    path: path.clone(),
                    headers: delivery.signed(&secret, Uuid::new_v4()),
                    body: delivery.body,
                };
                recorded::github().into_iter().map(signed).collect()
            }
            Self::Jira => {
                let (secret, path) = (backend.webhook_secret_for("jira", tenant), format!("/webhooks/jira/{tenant}"));
                let signed = |delivery: recorded::jira::JiraDelivery| Signed {
                    name: delivery.name,
                    path: path.clone(),
                    headers: delivery.signed(&secret, &Uuid::new_v4().to_string()),
                    body: delivery.body,
                };
                recorded::jira::deliveries().into_iter().map(signed).collect()
            }
            Self::Gmail | Self::GoogleCalendar | Self::GoogleDrive => Vec::new(),
            Self::Slack => {
                let (secret, now) = (backend.signing_secret(), backend.now());
                let signed = |delivery: recorded::slack::SlackDelivery| Signed {
                    name: delivery.name,
                    path: "/webhooks/slack".into(),
                    headers: delivery.signed(&secret, now),
                    body: delivery.body,
                };
                recorded::slack::deliveries().into_iter().map(signed).collect()
            }
            Self::ZohoCliq => {
                let mut headers = recorded::zoho::script_headers(&backend.webhook_secret_for("zoho-cliq", tenant));
                let id = connection.and_then(|id| HeaderValue::from_str(&id.to_string()).ok());
                headers.extend(id.map(|id| (HeaderName::from_static("x-connection-id"), id)));
                let signed = |delivery: recorded::zoho::ZohoDelivery| Signed {
                    name: delivery.name,
                    path: format!("/webhooks/zoho-cliq/{tenant}"),
                    headers: headers.clone(),
                    body: delivery.body,
                };
                recorded::zoho::cliq().into_iter().map(signed).collect()
            }
            Self::ZohoMail => {
                let secret = Uuid::new_v4().simple().to_string();
                let path =
                    format!("/webhooks/zoho-mail/{tenant}?setup={}", backend.webhook_secret_for("zoho-mail", tenant));
                let handover = Signed {
                    name: "the secret",
                    path: path.clone(),
                    headers: recorded::zoho::handover_headers(&secret),
                    body: b"",
                };
                let signed = |delivery: recorded::zoho::ZohoDelivery| Signed {
                    name: delivery.name,
                    path: path.clone(),
                    headers: recorded::zoho::mail_headers(&secret, delivery.body),
                    body: delivery.body,
                };
                [handover].into_iter().chain(recorded::zoho::mail().into_iter().map(signed)).collect()
            }
        }
    }
}
