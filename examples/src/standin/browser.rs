//! The user's browser, as far as the consent page needs one.

use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use url::Url;

/// Why the browser did not get to a callback URL.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// The page did not load.
    #[error("the page did not load")]
    Unreachable(#[source] reqwest::Error),
    /// A page without the consent form came up, such as GitHub's 404 for an unknown `client_id`.
    #[error("there is no consent form on the page, whose status is {0}")]
    NoConsentForm(StatusCode),
    /// The form's answer was no redirect to a URL.
    #[error("the consent form was answered with {0} and no callback URL")]
    NoCallback(StatusCode),
}

impl From<reqwest::Error> for BrowserError {
    fn from(error: reqwest::Error) -> Self {
        // The URL holds `state`.
        Self::Unreachable(error.without_url())
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Button {
    Authorize,
    Cancel,
}

/// A browser. It is opened for each visit: most stand-ins are never visited, and setting TLS up takes a while.
#[derive(Debug, Clone, Copy)]
pub(super) struct Browser;

impl Browser {
    fn open() -> Result<reqwest::Client, reqwest::Error> {
        reqwest::Client::builder().user_agent("Mozilla/5.0 (stand-in)").redirect(Policy::none()).no_proxy().build()
    }

    /// Opens the page and presses the button, unless the page already redirects.
    pub(super) async fn press(self, button: Button, page: &Url) -> Result<Url, BrowserError> {
        let browser = Self::open()?;
        let response = browser.get(page.clone()).header(ACCEPT, "text/html").send().await?;
        if let Some(callback) = redirect(&response) {
            return Ok(callback);
        }
        let status = response.status();
        let html = response.text().await?;
        let (request, action) = attribute(&html, r#"name="request" value=""#)
            .zip(attribute(&html, r#"action=""#).and_then(|action| page.join(action).ok()))
            .ok_or(BrowserError::NoConsentForm(status))?;
        let decision = match button {
            Button::Authorize => "authorize",
            Button::Cancel => "cancel",
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("request", request)
            .append_pair("decision", decision)
            .finish();

        let response =
            browser.post(action).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form).send().await?;
        redirect(&response).ok_or(BrowserError::NoCallback(response.status()))
    }
}

fn redirect(response: &reqwest::Response) -> Option<Url> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    response.status().is_redirection().then(|| Url::parse(location).ok()).flatten()
}

/// An attribute's value. The page is the stand-in's own, so its attributes come in a known order.
fn attribute<'html>(html: &'html str, before: &str) -> Option<&'html str> {
    let (_, rest) = html.split_once(before)?;
    rest.split_once('"').map(|(value, _)| value)
}
