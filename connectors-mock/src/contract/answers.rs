//! Judges the mock's own answers: an answer that the document does not allow is a mistake of the mock.

use serde_json::Value;

use super::{Contract, OperationRules};
use crate::http::Answer;

/// The schema and the media type of problems.
const PROBLEM: (&str, &str) = ("ApiError", "application/problem+json");

impl Contract {
    /// What is wrong with an answer; of an operation, or of none.
    pub(crate) fn judge(&self, rules: Option<&OperationRules>, answer: &Answer) -> Result<(), String> {
        let Some(rules) = rules else {
            if !matches!(answer.status, 404 | 405) {
                return Err(format!("no operation, and yet {} is answered", answer.status));
            }
            return self.judge_body(PROBLEM, answer);
        };
        let status = answer.status;
        let declared = self
            .declared(rules, status)
            .ok_or_else(|| format!("{} does not declare the status {status}", rules.operation))?;
        for (name, header) in declared["headers"].as_object().into_iter().flatten() {
            if self.header(header)["required"] == true && answer.header(name).is_none() {
                let from = if name == "Retry-After" { ", which is made of the problem's `retry_after`" } else { "" };
                return Err(format!("{} {status} must carry the header {name}{from}", rules.operation));
            }
        }
        if let Some(codes) = rules.problems.get(&status) {
            let code = serde_json::from_slice::<Value>(&answer.body).map(|body| body["code"].clone());
            let code = code.as_ref().ok().and_then(Value::as_str);
            if let Some(code) = code.filter(|code| !codes.iter().any(|known| known == code)) {
                return Err(format!(
                    "{} {status} has one of the codes {}, not {code}",
                    rules.operation,
                    codes.join(", ")
                ));
            }
        }
        match declared["content"].as_object().and_then(|content| content.iter().next()) {
            None if answer.body.is_empty() && answer.content_type.is_none() => Ok(()),
            None => Err(format!("{} {status} has no body", rules.operation)),
            Some((media_type, content)) => {
                let schema = content["schema"]["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
                self.judge_body((schema.unwrap_or_default(), media_type), answer)
            }
        }
    }

    fn judge_body(&self, (schema, media_type): (&str, &str), answer: &Answer) -> Result<(), String> {
        if answer.content_type != Some(media_type) {
            let came = answer.content_type.unwrap_or("no body");
            return Err(format!("it must be {media_type}, and came as {came}"));
        }
        let body: Value =
            serde_json::from_slice(&answer.body).map_err(|error| format!("the body is no JSON: {error}"))?;
        self.judge_value(schema, &body)?;
        if schema == PROBLEM.0 && body["status"] != answer.status {
            return Err(format!("the problem says {}, the status is {}", body["status"], answer.status));
        }
        let retry_after = body["retry_after"].as_u64().map(|seconds| seconds.to_string());
        if schema == PROBLEM.0 && retry_after.as_deref() != answer.header("retry-after") {
            let (body, header) = (&body["retry_after"], answer.header("retry-after").unwrap_or("not there"));
            return Err(format!("the problem's `retry_after` is {body}, the header Retry-After is {header}"));
        }
        Ok(())
    }

    /// The headers, beside `X-Request-Id`, that an operation's answer with this status and body carries.
    pub(crate) fn headers_with(
        &self,
        rules: &OperationRules,
        status: u16,
        body: &Value,
    ) -> Vec<(&'static str, String)> {
        let declares = |name| self.declared(rules, status).is_some_and(|response| !response["headers"][name].is_null());
        let retry_after = body["retry_after"].as_u64().filter(|_| declares("Retry-After"));
        let challenge = self.document["components"]["headers"]["WWW-Authenticate"]["example"].as_str();
        let challenge = challenge.filter(|_| body["code"] == "UNAUTHORIZED" && declares("WWW-Authenticate"));
        let retry_after = retry_after.map(|seconds| ("retry-after", seconds.to_string()));
        retry_after.into_iter().chain(challenge.map(|challenge| ("www-authenticate", challenge.to_owned()))).collect()
    }

    /// What is wrong with a value of this schema.
    pub(crate) fn judge_value(&self, schema: &str, value: &Value) -> Result<(), String> {
        self.schemas.judge(schema, value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
