//! The OpenAPI document as a judge of answers.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex},
};

use boon::{Compiler, Schemas};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;

/// The document, compiled once.
pub static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::new);

/// Operation ids with their methods and paths.
pub static OPERATIONS: LazyLock<Vec<(String, Method, String)>> = LazyLock::new(|| {
    let paths = CONTRACT.document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, operation)| {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                (id, method.to_uppercase().parse().unwrap(), path.clone())
            })
        })
        .collect()
});

/// Judges answers.
pub struct Contract {
    pub document: Value,
    /// The document with every response object closed: an undocumented field is a mistake.
    strict: Value,
    seen: Mutex<BTreeSet<(String, u16, String)>>,
}

impl Contract {
    fn new() -> Self {
        let document: Value = serde_json::from_str(connectors_server::document()).unwrap();
        let mut strict = document.clone();
        for (_, schema) in strict["components"]["schemas"].as_object_mut().unwrap() {
            if schema.get("properties").is_some() {
                schema["additionalProperties"] = false.into();
            }
        }
        Self { document, strict, seen: Mutex::default() }
    }

    /// Which operations have answered with which statuses and error codes in this process.
    pub fn seen(&self) -> BTreeSet<(String, u16, String)> {
        self.seen.lock().unwrap().clone()
    }

    /// The operation that a request meets.
    pub fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let segments: Vec<&str> = path.split('/').collect();
        let template = self.document["paths"].as_object()?.keys().find(|template| {
            let parts: Vec<&str> = template.split('/').collect();
            let fits =
                |(part, segment): (&&str, &&str)| part == segment || part.starts_with('{') && !segment.is_empty();
            parts.len() == segments.len() && parts.iter().zip(&segments).all(fits)
        })?;
        // HEAD answers as GET.
        let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
        self.document["paths"][template].get(method.as_str().to_lowercase())
    }

    /// Fails unless the document allows this answer.
    pub fn check(&self, method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
        let at = format!("{method} {path} → {status}: {}", String::from_utf8_lossy(body));
        let problem = serde_json::json!({"$ref": "#/components/schemas/ApiError"});
        let mut content_type = "application/problem+json";
        let mut schema = Some(&problem);
        let head_of_callback = *method == Method::HEAD && path.ends_with("/callback");
        match self.operation(method, path).filter(|_| !head_of_callback) {
            None => {
                let is_documentation = path.starts_with("/docs") || path == "/openapi.json";
                if is_documentation && !status.is_client_error() {
                    return;
                }
                assert!(matches!(status.as_u16(), 404 | 405), "no operation: {at}");
            }
            Some(operation) => {
                let id = operation["operationId"].as_str().unwrap();
                let response = self.resolve(&operation["responses"][status.as_str()]);
                assert!(!response.is_null(), "{id} does not declare {at}");
                let code = serde_json::from_slice::<Value>(body).ok();
                let code = code.as_ref().and_then(|body| body["code"].as_str()).unwrap_or_default();
                let declared = self.codes(response);
                assert!(
                    declared.is_empty() || declared.contains(&code) || body.is_empty(),
                    "{id} does not declare {at}"
                );
                self.seen.lock().unwrap().insert((id.to_owned(), status.as_u16(), code.to_owned()));
                let is_private = operation["security"] != serde_json::json!([]) || path.starts_with("/webhooks");
                let cache_control = headers.get("cache-control").map(|value| value.to_str().unwrap());
                assert_eq!(cache_control, is_private.then_some("no-store"), "{at}");
                self.check_headers(response, headers, &at);
                let content = response["content"].as_object().and_then(|content| content.iter().next());
                match content {
                    Some((name, media)) => {
                        content_type = name;
                        schema = Some(&media["schema"]);
                    }
                    None => schema = None,
                }
            }
        }
        assert!(headers.contains_key("x-request-id"), "no X-Request-Id: {at}");
        assert!(!headers.keys().any(|name| name.as_str().starts_with("access-control-")), "CORS: {at}");
        let Some(schema) = schema else {
            assert!(body.is_empty(), "a body where none is declared: {at}");
            return;
        };
        assert_eq!(headers["content-type"], content_type, "{at}");
        if *method == Method::HEAD {
            assert!(body.is_empty(), "{at}");
            return;
        }
        let value: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{error}: {at}"));
        self.validate(schema, &value, &at);
        if content_type == "application/problem+json" {
            assert_eq!(value["status"], status.as_u16(), "{at}");
            assert_eq!(value["trace_id"], headers["x-request-id"].to_str().unwrap(), "{at}");
            let retry_after = headers.get("retry-after").map(|value| value.to_str().unwrap().to_owned());
            assert_eq!(value.get("retry_after").map(Value::to_string), retry_after, "{at}");
        }
    }

    /// The codes that a response declares.
    pub fn codes<'a>(&'a self, response: &'a Value) -> Vec<&'a str> {
        let examples = self.resolve(response)["content"]["application/problem+json"]["examples"].as_object();
        examples.into_iter().flatten().map(|(code, _)| code.as_str()).collect()
    }

    fn check_headers(&self, response: &Value, headers: &HeaderMap, at: &str) {
        let declared = response["headers"].as_object().unwrap();
        for (name, header) in declared {
            if self.resolve(header)["required"] == true {
                assert!(headers.contains_key(name), "no {name}: {at}");
            }
        }
        for name in ["retry-after", "www-authenticate"] {
            let is_declared = declared.keys().any(|declared| declared.eq_ignore_ascii_case(name));
            assert!(is_declared || !headers.contains_key(name), "undeclared {name}: {at}");
        }
    }

    /// Fails unless `value` fits `schema`, a part of the document.
    pub fn validate(&self, schema: &Value, value: &Value, at: &str) {
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        let mut resource = self.strict.clone();
        resource["schema"] = schema.clone();
        compiler.add_resource("memory:///openapi.json", resource).unwrap();
        let mut schemas = Schemas::new();
        let index = compiler.compile("memory:///openapi.json#/schema", &mut schemas).unwrap();
        if let Err(error) = schemas.validate(value, index) {
            panic!("{error:#}\n{at}");
        }
    }

    /// What a `$ref` stands for.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }
}
