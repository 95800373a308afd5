//! The HTTP that the pages show: the service answers it as the mock did, and the OpenAPI document allows it.

use std::{collections::BTreeSet, fs};

use boon::{Compiler, Schemas};
use connectors_examples::backend::Against;
use connectors_guide::{
    exchanges::{Exchange, canonical, play},
    root,
};
use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(connectors_server::document()).unwrap()
}

#[tokio::test]
async fn the_service_answers_what_is_shown() {
    for exchange in play(Against::Service).await.unwrap() {
        let file = root().join("pages/exchanges").join(format!("{}.http", exchange.name));
        let shown = fs::read_to_string(&file).unwrap();
        assert_eq!(
            canonical(&exchange.text().unwrap()),
            canonical(&shown),
            "{} is not what the service says",
            exchange.name
        );
    }
}

/// The operation that a request is for: its path as the document has it, and what the document says.
fn operation<'a>(document: &'a Value, exchange: &Exchange) -> (&'a str, &'a Value) {
    let path = exchange.request.target.split('?').next().unwrap();
    let segments: Vec<&str> = path.split('/').collect();
    let paths = document["paths"].as_object().unwrap();
    let fits = |template: &str| {
        let parts: Vec<&str> = template.split('/').collect();
        parts.len() == segments.len()
            && parts.iter().zip(&segments).all(|(part, segment)| part.starts_with('{') || part == segment)
    };
    let (template, item) = paths.iter().find(|(template, _)| fits(template)).expect("the path is in the document");
    (template, &item[exchange.request.method.to_lowercase()])
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value["$ref"].as_str().and_then(|target| document.pointer(target.trim_start_matches('#'))).unwrap_or(value)
}

/// What the document allows of an exchange, as text if it does not.
fn judge(document: &Value, exchange: &Exchange) -> Result<(), String> {
    let (_, operation) = operation(document, exchange);
    let parameters: Vec<_> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|parameter| resolve(document, parameter))
        .collect();
    let is_refused = exchange.response.status >= 400;
    let query = exchange.request.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
    for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
        let is_known = parameters.iter().any(|parameter| parameter["in"] == "query" && parameter["name"] == *name);
        if !is_known && !is_refused {
            return Err(format!("the parameter {name} is not in the document"));
        }
    }
    for parameter in parameters.iter().filter(|parameter| parameter["required"] == true && parameter["in"] == "header")
    {
        let name = parameter["name"].as_str().unwrap();
        let is_sent = exchange.request.headers.iter().any(|(sent, _)| sent.eq_ignore_ascii_case(name));
        if !is_sent && !is_refused {
            return Err(format!("the header {name} is not sent"));
        }
    }
    let status = exchange.response.status.to_string();
    let answer = operation["responses"].get(&status).ok_or_else(|| format!("{status} is not declared"))?;
    let answer = resolve(document, answer);
    let Some((media_type, content)) = answer["content"].as_object().and_then(|content| content.iter().next()) else {
        return if exchange.response.body.is_empty() { Ok(()) } else { Err("no body is declared".to_owned()) };
    };
    if !exchange.response.headers.contains(&("Content-Type".to_owned(), media_type.clone())) {
        return Err(format!("the media type is not {media_type}"));
    }
    let body: Value = serde_json::from_str(&exchange.response.body).map_err(|error| error.to_string())?;
    let reference = content["schema"]["$ref"].as_str().ok_or("the schema has no name")?;
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("openapi.json", document.clone()).map_err(|error| error.to_string())?;
    let mut schemas = Schemas::new();
    let schema =
        compiler.compile(&format!("openapi.json{reference}"), &mut schemas).map_err(|error| error.to_string())?;
    schemas.validate(&body, schema).map_err(|error| format!("{error:#}"))
}

#[tokio::test]
async fn the_document_allows_what_is_shown() {
    let document = document();
    let mut operations = BTreeSet::new();
    for exchange in play(Against::Mock).await.unwrap() {
        if let Err(problem) = judge(&document, &exchange) {
            panic!("{}: {problem}", exchange.name);
        }
        let (path, _) = operation(&document, &exchange);
        operations.insert(format!("{} {path}", exchange.request.method));
        assert!(exchange.response.status < 500, "{}", exchange.name);
    }
    let documented = document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    assert_eq!(operations, documented.collect::<BTreeSet<_>>(), "an operation has no exchange");
}

#[tokio::test]
async fn an_exchange_that_the_document_does_not_allow_is_found() {
    let document = document();
    let exchanges = play(Against::Mock).await.unwrap();
    let original = exchanges.iter().find(|exchange| exchange.name == "list_connections").unwrap();
    assert_eq!(judge(&document, original), Ok(()));
    type Alteration = fn(&mut Exchange);
    let alterations: [(&str, Alteration); 6] = [
        ("limitt", |exchange| exchange.request.target.push_str("?limitt=5")),
        ("X-Tenant-Id", |exchange| exchange.request.headers.clear()),
        ("418", |exchange| exchange.response.status = 418),
        ("media type", |exchange| exchange.response.headers.clear()),
        ("connections", |exchange| exchange.response.body = exchange.response.body.replace("connections", "links")),
        ("uuid", |exchange| exchange.response.body = exchange.response.body.replace("\"id\":\"0", "\"id\":\"x")),
    ];
    for (expected, alter) in alterations {
        let mut altered = original.clone();
        alter(&mut altered);
        let problem = judge(&document, &altered).unwrap_err();
        assert!(problem.contains(expected), "{problem}");
    }
}
