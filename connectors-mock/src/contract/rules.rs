//! What the document says of one operation.

use std::collections::BTreeMap;

use hyper::Method;
use serde_json::Value;

use super::Rule;
use crate::Operation;

/// The path parameter that names a tenant.
pub(crate) const TENANT_IN_PATH: &str = "tenant_id";

/// How an operation is called, and what it may answer.
#[derive(Debug)]
pub(crate) struct OperationRules {
    pub(crate) operation: Operation,
    pub(crate) method: Method,
    /// `/connections/{connection_id}`.
    pub(crate) path: String,
    pub(crate) parameters: Vec<Parameter>,
    /// Whether it takes an operator token.
    pub(crate) operator: Need,
    /// Whether it takes `X-Tenant-Id`.
    pub(crate) tenant: Need,
    /// The fields of its JSON body.
    pub(crate) fields: Vec<(String, Rule)>,
    /// The codes of its problems, by status.
    pub(crate) problems: BTreeMap<u16, Vec<String>>,
    /// The document's example of its success.
    pub(crate) example: Value,
}

/// A parameter of an operation.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) rule: Rule,
    /// What holds where the request says nothing.
    pub(crate) default: Option<String>,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// Whether an operation takes a credential or header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    None,
    Optional,
    Required,
}

impl OperationRules {
    /// The parameter with this name.
    pub(crate) fn parameter(&self, place: Place, name: &str) -> &Parameter {
        let found = self.parameters.iter().find(|parameter| parameter.place == place && parameter.name == name);
        found.unwrap_or_else(|| panic!("{} has no parameter {name} in the document", self.operation))
    }

    /// Whether its requests say which tenant they are for, in a header or in the path.
    pub(crate) fn names_a_tenant(&self) -> bool {
        self.tenant != Need::None || self.parameters.iter().any(|parameter| parameter.name == TENANT_IN_PATH)
    }

    /// Whether it can answer with this problem.
    pub(crate) fn declares(&self, code: &str) -> bool {
        self.problems.values().flatten().any(|declared| declared == code)
    }

    /// The names of its query parameters.
    pub(crate) fn names_of_query(&self) -> impl Iterator<Item = &str> {
        self.parameters
            .iter()
            .filter(|parameter| parameter.place == Place::Query)
            .map(|parameter| parameter.name.as_str())
    }
}
