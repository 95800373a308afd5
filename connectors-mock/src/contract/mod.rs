//! The contract: `openapi.json`, from which the mock takes what a request must be and what an answer may be.

mod answers;
mod load;
mod problem_kind;
mod route;
mod rule;
mod rules;
mod schemas;

use std::sync::LazyLock;

use serde_json::Value;

use self::schemas::ClosedSchemas;
pub(crate) use self::{
    problem_kind::ProblemKind,
    route::Route,
    rule::{Parsed, Rule, uuid},
    rules::{Need, OperationRules, Place, TENANT_IN_PATH},
};
use crate::Operation;

/// The document, byte for byte what the server serves.
pub(crate) const DOCUMENT: &str = include_str!("../generated/openapi.json");

/// The contract, read once.
pub(crate) static CONTRACT: LazyLock<Contract> = LazyLock::new(|| Contract::read(DOCUMENT));

/// The document, taken apart.
#[derive(Debug)]
pub(crate) struct Contract {
    document: Value,
    operations: Vec<OperationRules>,
    problems: Vec<ProblemKind>,
    schemas: ClosedSchemas,
}

impl Contract {
    /// The rules of an operation.
    pub(crate) fn rules(&self, operation: Operation) -> &OperationRules {
        let found = self.operations.iter().find(|rules| rules.operation == operation);
        found.unwrap_or_else(|| unreachable!("a test sees that the document has {operation}"))
    }

    /// The kinds of problem.
    pub(crate) fn problem_kinds(&self) -> &[ProblemKind] {
        &self.problems
    }

    /// The problem with this code.
    pub(crate) fn problem(&self, code: &str) -> &ProblemKind {
        let found = self.problems.iter().find(|kind| kind.code == code);
        found.unwrap_or_else(|| {
            unreachable!("the document has an example of every code that the mock answers with: {code}")
        })
    }

    /// The document's example of an operation's answer.
    pub(crate) fn example(&self, operation: Operation) -> &Value {
        &self.rules(operation).example
    }
}
