//! The provider's page, for a person or a browser test at an authorize URL: approve or deny, and go on to Core's callback.

use std::fmt::Write;

use hyper::Method;
use url::Url;

use super::{authorize_url, user::Visit};
use crate::{
    catalogue::{CATALOGUE, Provider},
    http::{Answer, Request},
    shared::Shared,
};

pub(crate) const HTML: &str = "text/html; charset=utf-8";

/// The provider whose page the path names, if it names one.
pub(crate) fn provider_at(path: &str) -> Option<&'static Provider> {
    CATALOGUE.providers.iter().find(|provider| authorize_url::path(provider) == path)
}

impl Shared {
    /// The page, or where its buttons lead.
    pub(crate) fn consent(&self, provider: &'static Provider, request: &Request) -> Answer {
        // Under whatever name the browser reaches the mock.
        let mut url = Url::parse(&self.origin).expect("the mock's origin is a URL");
        url.set_path(&request.path);
        url.set_query(request.query.as_deref());
        let visit = match Visit::at(self, &url) {
            Ok(visit) => visit,
            Err(why) => {
                let text = "This authorize URL is none that the mock has made";
                return Answer::new(404, Some(HTML), page_of(text, &format!("<p>{}</p>", escaped(&why))));
            }
        };
        if request.method != Method::POST {
            return Answer::new(200, Some(HTML), visit.page(provider));
        }
        let callback = if request.body.bytes == "decision=approve" {
            let code = self.world().hand_out(&visit.state, provider, None);
            visit.back([("code", code.as_str())])
        } else {
            visit.denied()
        };
        Answer::empty(303).with_header("location", callback)
    }
}

impl Visit {
    fn page(&self, provider: &Provider) -> String {
        let name = escaped(&provider.info.display_name);
        let mut scopes = String::new();
        for scope in &self.row.scopes {
            // Writing to a string can't fail.
            let _ = write!(scopes, "<li><code>{}</code></li>", escaped(scope));
        }
        let form = format!(
            "<p id=\"scopes\">Poblysh asks for:</p><ul aria-labelledby=\"scopes\">{scopes}</ul><form method=\"post\">\
             <button name=\"decision\" value=\"deny\">Deny</button>\
             <button class=\"approve\" name=\"decision\" value=\"approve\">Approve</button></form>\
             <p class=\"note\">Then on to <code>{}</code></p>",
            escaped(&self.row.redirect_uri)
        );
        page_of(&format!("Connect {name} to Poblysh"), &form)
    }
}

/// A page of the mock's own.
pub(crate) fn page_of(title: &str, content: &str) -> String {
    include_str!("consent.html").replace("{title}", title).replace("{content}", content)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
