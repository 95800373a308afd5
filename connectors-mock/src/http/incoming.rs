//! A request that has met its operation.

use hyper::HeaderMap;

use super::{Fields, Problem, Query, Request};
use crate::{
    catalogue::{CATALOGUE, Provider},
    contract::{OperationRules, Parsed},
};

/// A request with the rules of the operation that it meets.
#[derive(Debug, Clone)]
pub(crate) struct Incoming<'a> {
    pub(crate) request: &'a Request,
    pub(crate) rules: &'static OperationRules,
    path: Vec<(&'static str, String)>,
}

impl<'a> Incoming<'a> {
    pub(crate) fn new(request: &'a Request, rules: &'static OperationRules, path: Vec<(&'static str, String)>) -> Self {
        Self { request, rules, path }
    }

    pub(crate) fn headers(&self) -> &'a HeaderMap {
        &self.request.headers
    }

    /// The header's value, if it is there once and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        let mut values = self.request.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// The path parameter's text.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The path parameter's value, if it is what the document says.
    pub(crate) fn path_value(&self, fields: &mut Fields, name: &str) -> Option<Parsed> {
        let parameter = self.rules.parameter(crate::contract::Place::Path, name);
        fields.check(name, parameter.rule.parse(self.path(name)))
    }

    /// The provider that the path names.
    pub(crate) fn provider(&self) -> Result<&'static Provider, Problem> {
        let name = self.path("provider");
        CATALOGUE.provider(name).ok_or_else(|| Problem::no_such_provider(name, CATALOGUE.names()))
    }

    /// The query, to be read strictly.
    pub(crate) fn query(&self) -> Query<'a> {
        Query::new(self.request, self.rules)
    }
}
