//! Judges the mock's own answers: an answer that the document does not allow is a mistake of the mock.

use std::fmt;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

use super::{Contract, OperationRules, load::paths};
use crate::http::Answer;

const PROBLEM: &str = "application/problem+json";
const LOCATION: &str = "memory:///openapi.json";

/// The schemas of all declared answers, compiled.
pub(super) struct AnswerSchemas {
    schemas: Schemas,
    /// By method, path and status.
    by_answer: Vec<((String, String, u16), SchemaIndex)>,
    problem: SchemaIndex,
}

impl AnswerSchemas {
    /// Compiles them with formats asserted and every object closed: what the document does not name is a mistake.
    pub(super) fn compile(document: &Value) -> Self {
        let mut closed = document.clone();
        for schema in
            closed["components"]["schemas"].as_object_mut().into_iter().flat_map(|schemas| schemas.values_mut())
        {
            if schema.get("properties").is_some() {
                schema["additionalProperties"] = json!(false);
            }
        }
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource(LOCATION, closed).expect("the document is a resource");
        let mut schemas = Schemas::new();
        let mut compile = |name: &str| {
            let location = format!("{LOCATION}#/components/schemas/{name}");
            compiler.compile(&location, &mut schemas).unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        let mut by_answer = Vec::new();
        for (path, method, operation) in paths(document) {
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                let reference = response["content"]["application/json"]["schema"]["$ref"].as_str();
                let Some(name) = reference.and_then(|reference| reference.rsplit('/').next()) else { continue };
                let Ok(status) = status.parse() else { continue };
                by_answer.push(((method.to_uppercase(), path.to_owned(), status), compile(name)));
            }
        }
        Self { problem: compile("ApiError"), by_answer, schemas }
    }

    fn success(&self, rules: &OperationRules, status: u16) -> Option<SchemaIndex> {
        let is_it =
            |key: &(String, String, u16)| key.0 == rules.method.as_str() && key.1 == rules.path && key.2 == status;
        self.by_answer.iter().find(|(key, _)| is_it(key)).map(|(_, index)| *index)
    }
}

impl fmt::Debug for AnswerSchemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnswerSchemas({} of them)", self.schemas.size())
    }
}

impl Contract {
    /// What is wrong with an answer; of an operation, or of none.
    pub(crate) fn judge(&self, rules: Option<&OperationRules>, answer: &Answer) -> Result<(), String> {
        let Some(rules) = rules else {
            if !matches!(answer.status, 404 | 405) {
                return Err(format!("no operation, and yet {} is answered", answer.status));
            }
            return self.judge_body(Some(self.answers.problem), PROBLEM, answer);
        };
        let status = answer.status;
        let declared = self
            .declared(rules, status)
            .ok_or_else(|| format!("{} does not declare the status {status}", rules.operation))?;
        for (name, header) in declared["headers"].as_object().into_iter().flatten() {
            if self.header(header)["required"] == true && answer.header(name).is_none() {
                return Err(format!("{} {status} must carry the header {name}", rules.operation));
            }
        }
        match declared["content"].as_object().and_then(|content| content.keys().next()).map(String::as_str) {
            None if answer.body.is_empty() && answer.content_type.is_none() => Ok(()),
            None => Err(format!("{} {status} has no body", rules.operation)),
            Some(PROBLEM) => self.judge_body(Some(self.answers.problem), PROBLEM, answer),
            Some(media_type) => self.judge_body(self.answers.success(rules, status), media_type, answer),
        }
    }

    fn judge_body(&self, schema: Option<SchemaIndex>, media_type: &str, answer: &Answer) -> Result<(), String> {
        if answer.content_type != Some(media_type) {
            return Err(format!("the content type is {:?}, not {media_type}", answer.content_type));
        }
        let body: Value =
            serde_json::from_slice(&answer.body).map_err(|error| format!("the body is no JSON: {error}"))?;
        if let Some(schema) = schema {
            self.answers.schemas.validate(&body, schema).map_err(|error| format!("{error:#}"))?;
        }
        if media_type == PROBLEM && body["status"] != answer.status {
            return Err(format!("the problem says {}, the status is {}", body["status"], answer.status));
        }
        Ok(())
    }

    /// What is wrong with a value of this schema.
    pub(crate) fn judge_value(&self, schema: &str, value: &Value) -> Result<(), String> {
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource(LOCATION, self.document.clone()).map_err(|error| error.to_string())?;
        let mut schemas = Schemas::new();
        let location = format!("{LOCATION}#/components/schemas/{schema}");
        let index = compiler.compile(&location, &mut schemas).map_err(|error| error.to_string())?;
        schemas.validate(value, index).map_err(|error| format!("{error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operation, contract::CONTRACT};

    fn judge(operation: Operation, answer: &Answer) -> Result<(), String> {
        CONTRACT.judge(Some(CONTRACT.rules(operation)), answer)
    }

    fn health(body: &Value) -> Answer {
        Answer::json(200, body).with_header("x-request-id", "1")
    }

    #[test]
    fn what_the_document_allows_passes() {
        let body = CONTRACT.example(Operation::GetHealth);
        assert_eq!(judge(Operation::GetHealth, &health(body)), Ok(()));
    }

    #[test]
    fn a_status_header_field_or_format_that_it_does_not_allow_is_told() {
        let example = CONTRACT.example(Operation::GetHealth);
        let told = |answer: Answer| judge(Operation::GetHealth, &answer).unwrap_err();
        assert!(told(Answer::json(201, example)).contains("does not declare the status 201"));
        assert!(told(Answer::json(200, example)).contains("must carry the header X-Request-Id"));
        let mut more = example.clone();
        more["uptime"] = json!(7);
        assert!(told(health(&more)).contains("uptime"));
        assert!(told(health(&json!({"status": "ok"}))).contains("service"));

        let mut connection = CONTRACT.example(Operation::GetConnection).clone();
        connection["created_at"] = json!("yesterday");
        let answer = Answer::json(200, &connection).with_header("x-request-id", "1");
        assert!(judge(Operation::GetConnection, &answer).unwrap_err().contains("date-time"));
    }
}
