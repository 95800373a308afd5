//! Takes the document apart.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Contract, Need, OperationRules, ProblemKind, Rule,
    rules::{Parameter, Place},
    schemas::ClosedSchemas,
};
use crate::Operation;

const TENANT: &str = "X-Tenant-Id";

impl Contract {
    /// The contract that a document states.
    pub(super) fn read(text: &str) -> Self {
        let document: Value = serde_json::from_str(text).expect("the generated document is JSON");
        let operations = paths(&document).map(|(path, method, operation)| rules(&document, path, method, operation));
        Self {
            operations: operations.collect(),
            problems: ProblemKind::all(&document),
            schemas: ClosedSchemas::compile(&document),
            document,
        }
    }

    /// What a `$ref` stands for.
    pub(super) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
        let target = value["$ref"].as_str().and_then(|reference| document.pointer(reference.trim_start_matches('#')));
        target.unwrap_or(value)
    }

    /// The declared answer of an operation with this status.
    pub(super) fn declared(&self, rules: &OperationRules, status: u16) -> Option<&Value> {
        let operation = &self.document["paths"][&rules.path][rules.method.as_str().to_lowercase()];
        let response = operation["responses"].get(status.to_string())?;
        Some(Self::resolve(&self.document, response))
    }

    /// What a declared header says.
    pub(super) fn header<'a>(&'a self, header: &'a Value) -> &'a Value {
        Self::resolve(&self.document, header)
    }
}

/// Every operation with its path and method.
pub(super) fn paths(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

fn rules(document: &Value, path: &str, method: &str, operation: &Value) -> OperationRules {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let parameters: Vec<&Value> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| Contract::resolve(document, parameter))
        .collect();
    let tenant = parameters.iter().find(|parameter| parameter["name"] == TENANT);
    OperationRules {
        operation: Operation::of_id(id).unwrap_or_else(|| panic!("the mock does not know the operation {id}")),
        method: method.to_uppercase().parse().expect("a method of the document"),
        path: path.to_owned(),
        operator: operator(&operation["security"]),
        tenant: match tenant.map(|tenant| tenant["required"] == true) {
            Some(true) => Need::Required,
            Some(false) => Need::Optional,
            None => Need::None,
        },
        parameters: parameters.into_iter().map(parameter).collect(),
        fields: fields(document, operation),
        problems: problems(document, operation),
        example: example(operation),
    }
}

fn operator(security: &Value) -> Need {
    let ways = security.as_array().map(Vec::as_slice).unwrap_or_default();
    let is_none = |way: &Value| way.as_object().is_some_and(serde_json::Map::is_empty);
    match ways {
        [] => Need::None,
        ways if ways.iter().any(is_none) => Need::Optional,
        _ => Need::Required,
    }
}

fn parameter(parameter: &Value) -> Parameter {
    let schema = &parameter["schema"];
    Parameter {
        name: parameter["name"].as_str().unwrap_or_default().to_owned(),
        place: match parameter["in"].as_str() {
            Some("path") => Place::Path,
            Some("header") => Place::Header,
            _ => Place::Query,
        },
        rule: Rule::of(schema),
        default: schema
            .get("default")
            .map(|default| default.as_str().map_or_else(|| default.to_string(), str::to_owned)),
    }
}

fn fields(document: &Value, operation: &Value) -> Vec<(String, Rule)> {
    let schema = Contract::resolve(document, &operation["requestBody"]["content"]["application/json"]["schema"]);
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(|(name, schema)| (name.clone(), Rule::of(schema))).collect()
}

fn problems(document: &Value, operation: &Value) -> BTreeMap<u16, Vec<String>> {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let codes = |response: &Value| -> Vec<String> {
        let examples = &Contract::resolve(document, response)["content"]["application/problem+json"]["examples"];
        examples.as_object().into_iter().flatten().map(|(code, _)| code.clone()).collect()
    };
    let problems = responses.filter_map(|(status, response)| Some((status.parse().ok()?, codes(response))));
    problems.filter(|(_, codes)| !codes.is_empty()).collect()
}

fn example(operation: &Value) -> Value {
    let responses = operation["responses"].as_object().into_iter().flatten();
    // Of several the last is the usual one: a handshake of a provider's comes before what becomes of its deliveries.
    let success = responses.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response).next_back();
    success.map(|response| response["content"]["application/json"]["example"].clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CONTRACT;

    #[test]
    fn the_mock_knows_every_operation_of_the_document_and_no_other() {
        for operation in Operation::ALL {
            CONTRACT.rules(*operation);
        }
        assert_eq!(paths(&CONTRACT.document).count(), Operation::ALL.len());
    }

    #[test]
    fn rules_say_who_may_call() {
        let needs = |operation| (CONTRACT.rules(operation).operator, CONTRACT.rules(operation).tenant);
        assert_eq!(needs(Operation::ListSignals), (Need::Required, Need::Required));
        assert_eq!(needs(Operation::CompleteOAuth), (Need::Optional, Need::Optional));
        assert_eq!(needs(Operation::ListProviders), (Need::None, Need::None));
    }
}
