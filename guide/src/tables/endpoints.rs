//! The curated endpoints: what the document says of each, and where Poblysh uses it.

use serde_json::Value;

use super::{
    document::{openapi, operations, parameters},
    markdown,
};
use crate::BoxError;

/// What only people know of an operation.
struct Use {
    id: &'static str,
    purpose: &'static str,
    caller: &'static str,
    step: &'static str,
    screen: &'static str,
}

const CORE: &str = "Poblysh Core";
const PROVIDER: &str = "the provider; backend or infrastructure configures it, never a frontend";
const ORCHESTRATOR: &str = "infrastructure, Core's readiness";
const NO_STEP: &str = "–";

/// In the order of the journey.
const USES: &[Use] = &[
    Use {
        id: "list_providers",
        purpose: "populate \"available integrations\"",
        caller: CORE,
        step: "[1](connect-a-tenant.md#1-list-providers)",
        screen: "integrations",
    },
    Use {
        id: "start_oauth",
        purpose: "start OAuth",
        caller: CORE,
        step: "[2](connect-a-tenant.md#2-start-oauth)",
        screen: "\"Connect\" button",
    },
    Use {
        id: "complete_oauth",
        purpose: "complete OAuth",
        caller: "Poblysh Core's callback handler",
        step: "[3](complete-the-callback.md)",
        screen: "the way back to the UI",
    },
    Use {
        id: "list_connections",
        purpose: "list the tenant's connections",
        caller: CORE,
        step: "[4](show-connections.md)",
        screen: "\"Connected accounts\"",
    },
    Use {
        id: "get_connection",
        purpose: "show one connection",
        caller: CORE,
        step: "[4](show-connections.md)",
        screen: "an account's page",
    },
    Use {
        id: "delete_connection",
        purpose: "disconnect an account",
        caller: CORE,
        step: "[4](show-connections.md#disconnect)",
        screen: "\"Disconnect\" button",
    },
    Use {
        id: "list_signals",
        purpose: "list signals of a tenant or connection",
        caller: CORE,
        step: "[5](read-signals.md)",
        screen: "activity, timelines",
    },
    Use {
        id: "get_signal",
        purpose: "show one signal with its payload",
        caller: CORE,
        step: "[5](read-signals.md#one-signal)",
        screen: "a signal's details",
    },
    Use {
        id: "ingest_webhook",
        purpose: "take in an app's deliveries at its single URL, or one that Core hands on",
        caller: PROVIDER,
        step: "[feeds 5](set-up-webhooks.md)",
        screen: "none",
    },
    Use {
        id: "ingest_signed_webhook",
        purpose: "take in deliveries at one tenant's own URL",
        caller: PROVIDER,
        step: "[feeds 5](set-up-webhooks.md)",
        screen: "none",
    },
    Use {
        id: "get_service_info",
        purpose: "name the service, its version and documentation",
        caller: CORE,
        step: NO_STEP,
        screen: "none",
    },
    Use {
        id: "get_health",
        purpose: "tell whether the process lives",
        caller: ORCHESTRATOR,
        step: NO_STEP,
        screen: "none",
    },
    Use {
        id: "get_readiness",
        purpose: "tell whether the service can do its work",
        caller: ORCHESTRATOR,
        step: NO_STEP,
        screen: "none",
    },
];

pub(super) fn table() -> Result<String, BoxError> {
    let document = openapi()?;
    let operations: Vec<_> = operations(&document).collect();
    for (path, method, operation) in &operations {
        if USES.iter().all(|known| operation["operationId"] == known.id) {
            return Err(format!("the guide says nothing of {method} {path}").into());
        }
    }
    let rows = USES.iter().map(|known| {
        let found = operations.iter().find(|(_, _, operation)| operation["operationId"] == known.id);
        let (path, method, operation) = found.ok_or_else(|| format!("there is no operation {}", known.id))?;
        Ok([
            format!("`{method} {path}`"),
            known.screen.to_owned(),
            known.purpose.to_owned(),
            known.caller.to_owned(),
            authentication(&document, operation),
            takes(&document, operation),
            known.step.to_owned(),
        ])
    });
    let rows = rows.collect::<Result<Vec<_>, BoxError>>()?;
    let head = ["endpoint", "where it shows", "purpose", "who calls it", "headers and auth", "parameters", "step"];
    Ok(markdown(head, rows))
}

fn authentication(document: &Value, operation: &Value) -> String {
    let tenant = parameters(document, operation).find(|parameter| parameter["name"] == "X-Tenant-Id");
    let tenant = tenant.map(|tenant| tenant["required"] == true);
    let security = operation["security"].as_array().cloned().unwrap_or_default();
    let is_optional = security.iter().any(|choice| choice.as_object().is_some_and(|choice| choice.is_empty()));
    let is_signed = parameters(document, operation).any(|parameter| parameter["name"] == "X-Hub-Signature-256");
    match (security.is_empty(), is_optional, is_signed, tenant) {
        (true, _, true, _) => "the provider's signature".to_owned(),
        (true, ..) => "public".to_owned(),
        (false, true, true, _) => {
            "the provider's signature; or operator token and `X-Tenant-Id`, where Core hands on".to_owned()
        }
        (false, true, false, _) => {
            "`state`; operator token and `X-Tenant-Id` are enforced where they are sent: send them".to_owned()
        }
        (false, false, _, Some(true)) => "operator token, `X-Tenant-Id`".to_owned(),
        (false, ..) => "operator token".to_owned(),
    }
}

/// What it takes: of the path, the query, and the fields of a body that the document describes.
fn takes(document: &Value, operation: &Value) -> String {
    let is_shown = |parameter: &&Value| parameter["in"] == "query" || parameter["in"] == "path";
    let named = parameters(document, operation).filter(is_shown);
    let mut names: Vec<_> = named.filter_map(|parameter| parameter["name"].as_str()).collect();
    let reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str();
    let schema = reference.and_then(|target| document.pointer(target.trim_start_matches('#')));
    let fields = schema.and_then(|schema| schema["properties"].as_object());
    names.extend(fields.into_iter().flat_map(|fields| fields.keys().map(String::as_str)));
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}
