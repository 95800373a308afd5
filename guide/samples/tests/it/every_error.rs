//! The table of what Core does about each error code: the codes and their answers as the OpenAPI document has them.

use std::{collections::BTreeMap, fmt::Write};

use connectors_client::{Connectors, ErrorCode, OperatorToken, Retry};
use connectors_mock::{
    ConnectorsMock,
    wiremock::{Mock, ResponseTemplate, matchers::any},
};
use guide_samples::handle_errors::action;
use serde_json::Value;

use crate::shown::is_as_printed;

pub(crate) fn document() -> Value {
    serde_json::from_str(include_str!("../../../../openapi.json")).unwrap()
}

/// Each code of the document, with an example of its answer.
fn codes() -> BTreeMap<String, Value> {
    let document = document();
    let mut codes = BTreeMap::new();
    for response in document["components"]["responses"].as_object().unwrap().values() {
        let examples = &response["content"]["application/problem+json"]["examples"];
        for (code, example) in examples.as_object().into_iter().flatten() {
            codes.insert(code.clone(), example["value"].clone());
        }
    }
    let listed =
        document["components"]["schemas"]["ErrorCode"]["x-extensible-enum"].as_array().unwrap();
    assert!(
        listed.iter().all(|code| codes.contains_key(code.as_str().unwrap())),
        "a code has no example"
    );
    codes
}

#[tokio::test]
async fn core_knows_what_to_do_about_each_code() {
    let mut table = String::from("| code | status | what Core does |\n|---|---|---|\n");
    for (code, problem) in codes() {
        let mock = ConnectorsMock::start().await;
        let answer = ResponseTemplate::new(problem["status"].as_u64().unwrap() as u16)
            .set_body_raw(problem.to_string(), "application/problem+json");
        Mock::given(any()).respond_with(answer).mount(mock.wiremock()).await;
        let token = OperatorToken::new(mock.operator_token());
        let client = Connectors::builder(mock.url())
            .operator_token(token)
            .retry(Retry::none())
            .build()
            .unwrap();
        let error = client.tenant(mock.tenant("acme").id()).signals().page().await.unwrap_err();
        assert_eq!(error.code().map(ErrorCode::as_str), Some(code.as_str()), "{error}");
        writeln!(table, "| `{code}` | {} | `{:?}` |", problem["status"], action(&error))
            .unwrap();
    }
    is_as_printed("every_error", &table);
}
