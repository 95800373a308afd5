//! The catalogue: what the mock knows of providers, as data.
//!
//! Everything in it is asked of the server's own code: the registry as `GET /providers` answers it, the authorize URL with
//! placeholders, how deliveries are signed, and for each recorded delivery or change the signals that the server makes of it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use connectors_server::{
    config::{OAuthApp, ProviderConfig},
    model::{Secret, SignalDraft},
    provider::{
        Answer, AuthorizeRequest, Delivery, DeliveryId, Descriptor, Encoding, Identity, Interpretation, Malformed,
        Provider, Registry, SecretSource, Signature, Signed, Voucher, WebhookScheme, descriptors,
    },
};
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Value, json, value::RawValue};

use crate::{BoxError, generated::root};

/// The catalogue's text.
pub(crate) fn generate() -> Result<String, BoxError> {
    let mut providers = Vec::new();
    for descriptor in descriptors() {
        let provider = Registry.get(descriptor.name).ok_or("a descriptor without its provider")?;
        providers.push(entry(provider, descriptor)?);
    }
    let catalogue = json!({
        "generated": "by `cargo xtask codegen` from the server's providers and recorded deliveries; don't edit",
        "providers": providers,
    });
    Ok(format!("{}\n", serde_json::to_string_pretty(&sorted(catalogue))?))
}

fn entry(provider: &dyn Provider, descriptor: &Descriptor) -> Result<Value, BoxError> {
    let app = OAuthApp { client_id: "{client_id}".into(), client_secret: Secret::new("") };
    let config = ProviderConfig { app: Some(app.clone()), ..ProviderConfig::default() };
    let request = AuthorizeRequest {
        redirect_uri: "https://core.example/{redirect_uri}",
        scopes: &["{scope}".to_owned(), "{scope}".to_owned()],
        state: "{state}",
        code_challenge: "{code_challenge}",
    };
    let url = provider.authorize_url(&config, &app, &request);
    let placeholders = |value: &str| value.replace("https://core.example/", "");
    let query: Vec<_> = url.query_pairs().map(|(name, value)| json!([name, placeholders(&value)])).collect();
    Ok(json!({
        "info": descriptor.info(&config),
        "authorize": { "path": url.path(), "query": query, "issuers": provider.issuers(&config) },
        "data_centers": descriptor.data_centers.iter().map(|center| json!([center.location, center.server])).collect::<Vec<_>>(),
        "refusals": { "code": descriptor.refusals.code, "redirect_uri": descriptor.refusals.redirect_uri },
        "code_lifetime_seconds": descriptor.code_lifetime.as_secs(),
        "token_lifetime_seconds": descriptor.token_lifetime.map(|lifetime| lifetime.as_secs()),
        "account": account(provider, descriptor)?,
        "webhook": webhook(&descriptor.webhook),
        "events": events(provider, descriptor)?,
    }))
}

fn webhook(scheme: &WebhookScheme) -> Value {
    let (id_header, id_field) = match scheme.id {
        DeliveryId::Header(name) => (Some(name), None),
        DeliveryId::Field(name) => (None, Some(name)),
        // The mock makes no subscriptions, so it accepts no delivery of one.
        DeliveryId::Numbered(..) | DeliveryId::Body => (None, None),
    };
    json!({
        "event_header": scheme.event_header,
        "subscription_header": scheme.app.as_ref().and_then(|app| match app.secret {
            SecretSource::Subscription(header) => Some(header),
            _ => None,
        }),
        "id_header": id_header,
        "id_field": id_field,
        "own": scheme.own.as_ref().map(signed),
        "handed_over_in": scheme.own.as_ref().and_then(|own| match own.secret {
            SecretSource::HandedOver { header } => Some(header),
            _ => None,
        }),
        "app": scheme.app.as_ref().map(signed),
        "forms": scheme.forms,
        "known_by_body": matches!(scheme.id, DeliveryId::Body),
        "names_account": scheme.names_account,
        "kept": scheme.kept,
        "handshake": scheme.handshake.as_ref().map(|handshake| json!({
            "field": handshake.field,
            "value": handshake.value,
            "answer": handshake.answer,
        })),
    })
}

/// A signature. Its secret is the mock's own matter, which knows one for each tenant and one for the app.
fn signed(signed: &Signed) -> Value {
    let header = signed.signature.header();
    match &signed.signature {
        Signature::Hmac { prefix, encoding, signed_time, .. } => json!({
            "kind": "hmac",
            "header": header,
            "prefix": prefix,
            "encoding": match encoding {
                Encoding::Hex => "hex",
                Encoding::Base64 => "base64",
            },
            "signed_time": signed_time.as_ref().map(|time| json!({
                "header": time.header,
                "version": time.version,
                "tolerance_seconds": time.tolerance.as_secs(),
            })),
            "covers_body": signed.signature.covers_body(),
        }),
        // The mock has neither subscriptions nor keys to check these with.
        Signature::Token { .. } if matches!(signed.secret, SecretSource::Subscription(_)) => {
            json!({ "kind": "unverifiable", "header": header, "covers_body": signed.signature.covers_body() })
        }
        Signature::IdToken | Signature::Rsa { .. } => {
            json!({ "kind": "unverifiable", "header": header, "covers_body": signed.signature.covers_body() })
        }
        Signature::Token { .. } => {
            json!({ "kind": "token", "header": header, "covers_body": signed.signature.covers_body() })
        }
        Signature::Jwt => {
            json!({ "kind": "jwt", "header": header, "covers_body": signed.signature.covers_body() })
        }
    }
}

/// Whose account the recorded deliveries are of: what the server makes of the provider's recorded answers.
fn account(provider: &dyn Provider, descriptor: &Descriptor) -> Result<Value, BoxError> {
    let Identity { account, metadata, names } = identity(provider, descriptor)?;
    Ok(json!({ "external_account": account, "metadata": metadata, "names": names }))
}

fn identity(provider: &dyn Provider, descriptor: &Descriptor) -> Result<Identity, BoxError> {
    let mut known: Option<Identity> = None;
    for (name, body) in recorded(&fixtures(descriptor).join("identity"))? {
        let answer = Answer { status: StatusCode::OK, headers: HeaderMap::new(), body: body.into_bytes() };
        let identity = match known {
            None => provider.identity(&answer),
            Some(identity) => provider.identity_beside(identity, &answer),
        };
        known = Some(identity.map_err(|failure| format!("{name}: {failure}"))?);
    }
    Ok(known.ok_or("no answer is recorded that tells whose token it is")?)
}

fn fixtures(descriptor: &Descriptor) -> PathBuf {
    root().join("connectors-server/tests/fixtures").join(descriptor.name)
}

/// The recorded deliveries, by file name, each with the account and the signals that the server reads out of it.
fn events(provider: &dyn Provider, descriptor: &Descriptor) -> Result<Vec<Value>, BoxError> {
    let mut events = Vec::new();
    for (name, payload) in recorded(&fixtures(descriptor))? {
        let event_name = name.split('.').next().unwrap_or_default();
        let mut headers = event_header(descriptor, event_name)?;
        headers.insert("content-type", "application/json".parse()?);
        let delivery = Delivery { headers: &headers, body: payload.as_bytes() };
        let parse =
            |voucher| provider.parse(&delivery, voucher).map_err(|malformed: Malformed| format!("{name}: {malformed}"));
        let accounts = |voucher| {
            parse(voucher).map(|event| event.account.map(|account| account.names().to_vec()).unwrap_or_default())
        };
        let event = parse(Voucher::Core)?;
        let (means, signals) = match provider.interpret(&event) {
            Interpretation::Signals(drafts) => ("signals", drafts.iter().map(signal).collect()),
            Interpretation::Ring => ("ring", Vec::new()),
            Interpretation::GrantRevoked { .. } => ("grant_revoked", Vec::new()),
            Interpretation::Ignored | Interpretation::Challenge { .. } => ("nothing", Vec::new()),
        };
        // The mock hands the payload out as it was received, white space included.
        let raw: &RawValue = serde_json::from_str(&payload)?;
        events.push(json!({
            "name": name,
            "event": event_name,
            "fetched": false,
            "means": means,
            "accounts": {
                "tenant": accounts(Voucher::Tenant)?,
                "app": accounts(Voucher::App)?,
                "core": accounts(Voucher::Core)?,
            },
            "payload": raw.get(),
            "signals": signals,
        }));
    }
    events.extend(changes(provider, descriptor)?);
    for kind in descriptor.signal_kinds {
        if !events.iter().any(|event| event["signals"][0]["kind"] == kind.as_str()) {
            return Err(format!("{} lists {kind}, but no recorded delivery produces it", descriptor.name).into());
        }
    }
    Ok(events)
}

/// The recorded changes that the server fetches, in files that are named by the kind of signal that they become.
fn changes(provider: &dyn Provider, descriptor: &Descriptor) -> Result<Vec<Value>, BoxError> {
    let Some(fetcher) = provider.fetcher() else { return Ok(Vec::new()) };
    let folder = fixtures(descriptor).join("changes");
    // Deliveries may tell the same.
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let account = identity(provider, descriptor)?.account;
    let mut changes = Vec::new();
    for (name, payload) in recorded(&folder)? {
        let word = name.split('.').next().unwrap_or_default();
        let kind = word.parse().map_err(|()| format!("{name} begins with no kind of signal"))?;
        let raw: &RawValue = serde_json::from_str(&payload)?;
        let draft = fetcher.draft(kind, &account, raw).ok_or_else(|| format!("{name} becomes no signal"))?;
        changes.push(json!({
            "name": name,
            "event": "",
            "fetched": true,
            "means": "signals",
            "accounts": { "tenant": [account.id], "app": [account.id], "core": [account.id] },
            "payload": raw.get(),
            "signals": [signal(&draft)],
        }));
    }
    Ok(changes)
}

fn event_header(descriptor: &Descriptor, event: &str) -> Result<HeaderMap, BoxError> {
    let mut headers = HeaderMap::new();
    if let Some(name) = descriptor.webhook.event_header {
        headers.insert(HeaderName::try_from(name)?, event.parse()?);
    }
    Ok(headers)
}

fn recorded(folder: &Path) -> Result<BTreeMap<String, String>, BoxError> {
    let mut recorded = BTreeMap::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            recorded.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(recorded)
}

fn signal(draft: &SignalDraft) -> Value {
    let reference = |reference: &connectors_server::model::Reference| json!(reference);
    json!({
        "kind": draft.kind,
        "occurred_at": draft.occurred_at,
        "title": draft.title,
        "url": draft.url,
        "actor": draft.actor.as_ref().map(reference),
        "source": draft.source.as_ref().map(reference),
    })
}

/// The value with all objects' keys in order, whatever map `serde_json` was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<String, Value> = map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        value => value,
    }
}
