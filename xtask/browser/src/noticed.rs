//! What a page did, out of the browser's log.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use crate::Error;

/// Errors and requests of the pages that were looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Noticed {
    /// What the console shows as errors.
    pub console_errors: Vec<String>,
    /// URLs on other machines that a page asked for. They were not reached.
    pub off_machine: Vec<String>,
    /// URLs that were asked for without success, and why.
    pub failed: Vec<String>,
}

impl Noticed {
    /// Nothing is amiss.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }

    /// Reads the two logs that chromedriver keeps: `browser` and `performance`.
    pub(crate) fn of(console: Value, performance: Value) -> Result<Self, Error> {
        let mut noticed = Self::default();
        for line in serde_json::from_value::<Vec<Line>>(console)? {
            if line.level == "SEVERE" {
                noticed.console_errors.push(line.message);
            }
        }
        for line in serde_json::from_value::<Vec<Line>>(performance)? {
            noticed.take(serde_json::from_str::<Envelope>(&line.message)?.message);
        }
        Ok(noticed)
    }

    fn take(&mut self, event: Event) {
        let parameters = &event.params;
        match event.method.as_str() {
            "Network.requestWillBeSent" => self.asked(&parameters["request"]["url"]),
            "Network.webSocketCreated" => self.asked(&parameters["url"]),
            "Network.loadingFailed" if parameters["canceled"] != true => {
                self.failed.push(format!("{}: {}", parameters["type"], parameters["errorText"]));
            }
            "Network.responseReceived" => {
                let response = &parameters["response"];
                if response["status"].as_u64().is_some_and(|status| status >= 400) {
                    self.failed.push(format!("{}: status {}", response["url"], response["status"]));
                }
            }
            _ => {}
        }
    }

    fn asked(&mut self, url: &Value) {
        let url = url.as_str().unwrap_or_default();
        if Url::parse(url).is_ok_and(|url| leaves(&url)) {
            self.off_machine.push(url.to_owned());
        }
    }
}

impl fmt::Display for Noticed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            ("in the console", &self.console_errors),
            ("off the machine", &self.off_machine),
            ("failed", &self.failed),
        ];
        for (kind, lines) in kinds {
            for line in lines {
                writeln!(f, "{kind}: {line}")?;
            }
        }
        Ok(())
    }
}

/// `data:`, `file:`, `blob:` and the browser's own `chrome:` reach no machine.
fn leaves(url: &Url) -> bool {
    let network = matches!(url.scheme(), "http" | "https" | "ws" | "wss");
    network
        && match url.host() {
            None => false,
            Some(Host::Domain(name)) => name != "localhost" && !name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => !address.is_loopback(),
            Some(Host::Ipv6(address)) => !address.is_loopback(),
        }
}

#[derive(Deserialize)]
struct Line {
    level: String,
    message: String,
}

#[derive(Deserialize)]
struct Envelope {
    message: Event,
}

/// An event of the Chrome DevTools Protocol.
#[derive(Deserialize)]
struct Event {
    method: String,
    #[serde(default)]
    params: Value,
}
