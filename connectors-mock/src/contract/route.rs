//! Which operation a request meets.

use hyper::Method;
use percent_encoding::percent_decode_str;

use super::{Contract, OperationRules};
use crate::{Operation, suggest::nearest};

/// What a request's method and path lead to.
#[derive(Debug)]
pub(crate) enum Route {
    /// An operation, with its path parameters, decoded.
    Operation(&'static OperationRules, Vec<(&'static str, String)>),
    /// A path that has other methods: one of its operations, and what `Allow` lists.
    OtherMethods(&'static OperationRules, String),
    /// No path of the document.
    Unknown,
}

impl Contract {
    /// Where a request leads.
    pub(crate) fn route(&'static self, method: &Method, path: &str) -> Route {
        let mut here = Vec::new();
        for rules in &self.operations {
            if let Some(parameters) = matches(&rules.path, path) {
                here.push((rules, parameters));
            }
        }
        let found = here.iter().position(|(rules, _)| answers(rules, method));
        if let Some(position) = found {
            let (rules, parameters) = here.swap_remove(position);
            return Route::Operation(rules, parameters);
        }
        let Some((first, _)) = here.first() else { return Route::Unknown };
        let known = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let allowed = known.iter().filter(|known| here.iter().any(|(rules, _)| answers(rules, known)));
        Route::OtherMethods(first, allowed.map(Method::as_str).collect::<Vec<_>>().join(","))
    }

    /// The route that is likely to be meant by one that is none, if one is near enough: below some prefix, or misspelt, rather
    /// with this method than with another.
    pub(crate) fn near(&'static self, method: &Method, path: &str) -> Option<&'static OperationRules> {
        if path.len() > NEAR_AT_MOST {
            return None;
        }
        let below: Vec<_> =
            path.match_indices('/').skip(1).map(|(at, _)| &path[at..]).filter(|path| *path != "/").collect();
        let with = |method: Option<&Method>| {
            let routes = || self.operations.iter().filter(|rules| method.is_none_or(|method| answers(rules, method)));
            let is_below =
                |rules: &&'static OperationRules| below.iter().any(|path| matches(&rules.path, path).is_some());
            let spelt = || {
                let paths: Vec<_> = routes().map(|rules| filled(&rules.path, path)).collect();
                let near = nearest(path, paths.iter().map(String::as_str))?;
                routes().nth(paths.iter().position(|path| path == near)?)
            };
            routes().find(is_below).or_else(spelt)
        };
        with(Some(method)).or_else(|| with(None))
    }
}

/// Longer paths are nowhere near a route.
const NEAR_AT_MOST: usize = 256;

/// The template with what stands in the path where it has parameters.
fn filled(template: &str, path: &str) -> String {
    let mut segments = path.split('/');
    let with = |name| {
        let segment = segments.next().filter(|segment| !segment.is_empty() && str::starts_with(name, '{'));
        segment.unwrap_or(name)
    };
    template.split('/').map(with).collect::<Vec<_>>().join("/")
}

/// Whether an operation answers a method. A HEAD of the callback that answered as GET would spend the code.
fn answers(rules: &OperationRules, method: &Method) -> bool {
    let is_head = *method == Method::HEAD && rules.operation != Operation::CompleteOAuth;
    rules.method == *method || is_head && rules.method == Method::GET
}

/// The path parameters, if the path fits the template. As at the service, what is not UTF-8 in one reads as U+FFFD, and the last
/// segment alone must not be empty.
fn matches(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut segments, mut parameters) = (path.split('/').peekable(), Vec::new());
    for name in template.split('/') {
        let segment = segments.next()?;
        match name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(_) if segment.is_empty() && segments.peek().is_none() => return None,
            Some(name) => parameters.push((name, percent_decode_str(segment).decode_utf8_lossy().into_owned())),
            None if name != segment => return None,
            None => {}
        }
    }
    segments.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACT;

    #[test]
    fn a_path_leads_to_its_operation() {
        let route = CONTRACT.route(&Method::GET, "/connections/a%20b+c");
        let Route::Operation(rules, parameters) = route else { panic!("{route:?}") };
        assert_eq!(rules.operation, Operation::GetConnection);
        assert_eq!(parameters, [("connection_id", "a b+c".to_owned())]);
        for unknown in ["/nope", "/connections/", "/connections/a/b", "//connections"] {
            assert!(matches!(CONTRACT.route(&Method::GET, unknown), Route::Unknown), "{unknown}");
        }
    }

    #[test]
    fn a_route_is_near_below_a_prefix_and_where_it_is_misspelt() {
        let near = |method, path| CONTRACT.near(&method, path).map(|rules| rules.operation);
        for (path, meant) in [
            ("/api/signals", Some(Operation::ListSignals)),
            ("/api/v1/connections/x", Some(Operation::GetConnection)),
            ("//connections", Some(Operation::ListConnections)),
            ("/connections/", Some(Operation::ListConnections)),
            ("/conections/x", Some(Operation::GetConnection)),
            ("/connect/github/calback", Some(Operation::CompleteOAuth)),
            ("/connect/zoho-cliq/callbacks", Some(Operation::CompleteOAuth)),
            ("/connections/a/signals", Some(Operation::ListSignals)),
            ("/nope", None),
            ("/connections/a/comments", None),
        ] {
            assert_eq!(near(Method::GET, path), meant, "{path}");
        }
        let long = format!("/api/{}/signals", "x".repeat(300));
        assert_eq!(near(Method::GET, &long), None);
        assert_eq!(near(Method::POST, "/core/webhooks/github"), Some(Operation::IngestWebhook));
        assert_eq!(near(Method::POST, "/conect/github"), Some(Operation::StartOAuth));
        // No route has this method, so it is wrong, too.
        assert_eq!(near(Method::POST, "/provders"), Some(Operation::ListProviders));
        assert_eq!(near(Method::PUT, "/api/signals"), Some(Operation::ListSignals));
    }

    #[test]
    fn a_method_that_a_path_lacks_is_told_what_it_has() {
        let allow = |method, path| match CONTRACT.route(&method, path) {
            Route::OtherMethods(_, allow) => allow,
            route => panic!("{route:?}"),
        };
        assert_eq!(allow(Method::PUT, "/connections/x"), "GET,HEAD,DELETE");
        assert_eq!(allow(Method::GET, "/webhooks/github"), "POST");
        assert_eq!(allow(Method::HEAD, "/connect/github/callback"), "GET");
    }
}
