//! What the provider sent to Core's callback.

use std::{fmt, str::FromStr};

use url::form_urlencoded;

use crate::{Error, error::ErrorKind};

/// The query of the provider's redirect: `code` and `state`, or `error` and `state`, and whatever else there is.
///
/// ```
/// use connectors_client::CallbackQuery;
///
/// let query: CallbackQuery = "code=b0dd&state=Zk3_v0J&scope=read%3Auser".parse()?;
/// assert_eq!(query.error(), None);
///
/// let denied: CallbackQuery = "?error=access_denied&state=Zk3_v0J".parse()?;
/// assert_eq!(denied.error(), Some("access_denied"));
/// # Ok::<(), connectors_client::Error>(())
/// ```
///
/// Hand it over whole: providers add parameters of their own, some of which the service checks. It prints neither the code nor
/// the state.
#[derive(Clone, PartialEq, Eq)]
pub struct CallbackQuery(Vec<(String, String)>);

/// Parameters that the document lists; each may come once.
const LISTED: &[&str] = &["accounts-server", "code", "error", "error_description", "iss", "location", "state"];

impl CallbackQuery {
    /// The provider's error code, if the user or the provider said no: `access_denied`.
    pub fn error(&self) -> Option<&str> {
        self.get("error")
    }

    /// The state that came back, by which a session may be found.
    pub fn state(&self) -> &str {
        self.get("state").unwrap_or_default()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Compares without telling by the time it takes how much was right.
    pub(crate) fn has_state(&self, expected: &str) -> bool {
        crate::token::same(self.state().as_bytes(), expected.as_bytes())
    }

    /// What the document does not list.
    pub(crate) fn others(&self) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| !LISTED.contains(&name.as_str())).cloned().collect()
    }
}

impl FromStr for CallbackQuery {
    type Err = Error;

    /// Reads a query string, with or without its `?`.
    ///
    /// # Errors
    /// [`ErrorKind::MalformedCallback`], to be answered with 400: no provider sends it so.
    fn from_str(query: &str) -> Result<Self, Error> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let query = Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect());
        let refused = |why: &str| {
            Error::local(ErrorKind::MalformedCallback, "complete_oauth", format!("the callback's query {why}"))
        };
        for name in LISTED {
            if query.0.iter().filter(|(other, _)| other == name).count() > 1 {
                return Err(refused(&format!("has `{name}` more than once")));
            }
        }
        if query.state().is_empty() {
            return Err(refused("has no `state`"));
        }
        match (query.get("code"), query.get("error")) {
            (None | Some(""), None | Some("")) => Err(refused("has neither `code` nor `error`")),
            (Some(_), Some(_)) => Err(refused("has both `code` and `error`")),
            _ => Ok(query),
        }
    }
}

impl fmt::Debug for CallbackQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_could_mean_two_things_is_refused() {
        for (query, why) in [
            ("", "no `state`"),
            ("code=a", "no `state`"),
            ("code=a&state=", "no `state`"),
            ("state=s", "neither"),
            ("state=s&code=", "neither"),
            ("state=s&code=a&error=b", "both"),
            ("state=s&state=s&code=a", "`state` more than once"),
            ("state=s&code=a&code=b", "`code` more than once"),
        ] {
            let error = query.parse::<CallbackQuery>().unwrap_err();
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::MalformedCallback, false));
            assert!(error.to_string().contains(why), "{query}: {error}");
        }
    }

    #[test]
    fn values_are_decoded_and_others_kept_in_order() {
        let query: CallbackQuery = "b=2%202&code=x%2By&a=1+1&state=s&b=3".parse().unwrap();
        assert_eq!(query.get("code"), Some("x+y"));
        let others: Vec<_> = query.others().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(others, ["b=2 2", "a=1 1", "b=3"]);
    }

    #[test]
    fn only_the_very_same_state_matches_and_nothing_prints_it() {
        let query: CallbackQuery = "code=c0de&state=canary".parse().unwrap();
        assert!(query.has_state("canary"));
        for other in ["", "canar", "canary2", "CANARY"] {
            assert!(!query.has_state(other), "{other}");
        }
        assert_eq!(format!("{query:?}"), r#"["code", "state"]"#);
    }
}
