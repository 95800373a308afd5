//! What Slack remembers: requests that wait for the user, codes, and in which workspaces the app is installed.

use std::{
    collections::{BTreeSet, HashMap},
    time::{Duration, SystemTime},
};

use url::Url;
use uuid::Uuid;

/// "Note that this code is only valid for 10 minutes":
/// <https://docs.slack.dev/authentication/installing-with-oauth#exchanging>
const CODE_LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A workspace, which older pages call a team. The default is the one of the recorded deliveries.
///
/// ```
/// use connectors_examples::standin::slack::Workspace;
///
/// let acme = Workspace { id: "T0ACME".into(), name: "Acme".into(), domain: "acme".into() };
/// assert_ne!(acme, Workspace::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its subdomain of slack.com.
    pub domain: String,
}

impl Default for Workspace {
    fn default() -> Self {
        Self { id: "T123ABC456".into(), name: "Subarachnoid Workspace".into(), domain: "subarachnoid".into() }
    }
}

/// What an app asks of a user.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) redirect_url: Url,
    /// Whether the app has named the URL; then the exchange must too.
    pub(super) named: bool,
    pub(super) state: Option<String>,
    pub(super) scopes: BTreeSet<String>,
}

#[derive(Debug)]
struct Code {
    request: Request,
    workspace: Workspace,
    issued_at: SystemTime,
}

/// The app in a workspace. Whoever installs it there again gets the same bot token, with the new scopes beside the old:
/// <https://docs.slack.dev/authentication/installing-with-oauth#asking>
#[derive(Debug, Clone)]
pub(super) struct Installation {
    pub(super) workspace: Workspace,
    pub(super) token: String,
    pub(super) scopes: BTreeSet<String>,
    pub(super) rotation: Option<Rotation>,
}

/// What comes with a token that expires:
/// <https://docs.slack.dev/authentication/using-token-rotation>
#[derive(Debug, Clone)]
pub(super) struct Rotation {
    pub(super) refresh_token: String,
    pub(super) lifetime: Duration,
    expires_at: SystemTime,
}

/// What has become of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    Revoked,
    Uninstalled,
    Expired,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    pub(super) workspace: Workspace,
    requests: HashMap<String, Request>,
    codes: HashMap<String, Code>,
    installations: HashMap<String, Installation>,
    gone: HashMap<String, Gone>,
    clock_ahead: Duration,
    /// How long tokens live, if the app has token rotation turned on. "Expires in 43,200 seconds (12 hours)".
    pub(super) token_lifetime: Option<Duration>,
}

impl Store {
    pub(super) fn advance_clock(&mut self, by: Duration) {
        self.clock_ahead += by;
    }

    fn now(&self) -> SystemTime {
        SystemTime::now() + self.clock_ahead
    }

    /// Keeps a request until the user has decided, and names it.
    pub(super) fn await_decision(&mut self, request: Request) -> String {
        let id = random();
        self.requests.insert(id.clone(), request);
        id
    }

    pub(super) fn decided(&mut self, id: &str) -> Option<Request> {
        self.requests.remove(id)
    }

    pub(super) fn issue_code(&mut self, request: Request) -> String {
        // Slack's codes are numbers and a hash, with points in between.
        let code = format!("4724469134.4644010092847.{}", random() + &random());
        let issued = Code { request, workspace: self.workspace.clone(), issued_at: self.now() };
        self.codes.insert(code.clone(), issued);
        code
    }

    /// Spends a code, unless it is unknown, already spent, or too old.
    pub(super) fn spend_code(&mut self, code: &str) -> Option<(Request, Workspace)> {
        let Code { request, workspace, issued_at } = self.codes.remove(code)?;
        (self.now() < issued_at + CODE_LIFETIME).then_some((request, workspace))
    }

    pub(super) fn install(&mut self, workspace: Workspace, scopes: BTreeSet<String>) -> Installation {
        let rotation = self.rotation();
        let new = || Installation {
            workspace: workspace.clone(),
            token: bot_token(rotation.is_some()),
            scopes: BTreeSet::new(),
            rotation,
        };
        let installation = self.installations.entry(workspace.id.clone()).or_insert_with(new);
        installation.scopes.extend(scopes);
        installation.clone()
    }

    fn rotation(&self) -> Option<Rotation> {
        let lifetime = self.token_lifetime?;
        let refresh_token = format!("xoxe-1-{}", random() + &random());
        Some(Rotation { refresh_token, lifetime, expires_at: self.now() + lifetime })
    }

    /// Exchanges a refresh token: "Refresh tokens are single-use".
    pub(super) fn refresh(&mut self, refresh_token: &str) -> Option<Installation> {
        let rotation = self.rotation();
        let is_its = |known: &&mut Installation| {
            known.rotation.as_ref().is_some_and(|rotation| rotation.refresh_token == refresh_token)
        };
        let installation = self.installations.values_mut().find(is_its)?;
        installation.token = bot_token(rotation.is_some());
        installation.rotation = rotation;
        Some(installation.clone())
    }

    /// The installation whose token it is, or what has become of it.
    pub(super) fn of_token(&self, token: &str) -> Result<&Installation, Option<Gone>> {
        let installed = self.installations.values().find(|installation| installation.token == token);
        let installed = installed.ok_or_else(|| self.gone.get(token).copied())?;
        let has_expired = installed.rotation.as_ref().is_some_and(|rotation| rotation.expires_at <= self.now());
        if has_expired { Err(Some(Gone::Expired)) } else { Ok(installed) }
    }

    pub(super) fn revoke(&mut self, token: &str) {
        self.installations.retain(|_, installation| installation.token != token);
        self.gone.insert(token.to_owned(), Gone::Revoked);
    }

    pub(super) fn uninstall(&mut self, workspace_id: &str) {
        let removed = self.installations.remove(workspace_id);
        self.gone.extend(removed.map(|installation| (installation.token, Gone::Uninstalled)));
    }
}

fn random() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Bot tokens that expire have a prefix of their own.
fn bot_token(expires: bool) -> String {
    format!("{}xoxb-{}", if expires { "xoxe." } else { "" }, random())
}
