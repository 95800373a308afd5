//! Deliveries of providers.
//!
//! A recorded event becomes the signals that the service makes of it; of every other delivery nothing is made.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use url::form_urlencoded;
use uuid::Uuid;

use super::{Call, connections};
use crate::{
    catalogue::{Handshake, Provider, RecordedEvent, SignedTime, WebhookScheme},
    contract::{Parsed, Place, TENANT_IN_PATH},
    http::{Answer, Fields, Incoming, Problem},
    settings::{Settings, hmac_hex},
    state::{Signal, World},
    timestamp::Timestamp,
};

const CONNECTION: &str = "X-Connection-Id";

/// By which way a delivery came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// To an app's single URL.
    App,
    /// To a tenant's own URL.
    Tenant(Uuid),
    /// Handed on by who has shown an operator token.
    HandedOn(Uuid),
}

/// Whose secret vouches for a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voucher {
    /// The tenant's own, or the operator's token.
    Tenant,
    /// The app's: it vouches only for accounts that the tenant has connected.
    App,
}

/// Whose signals a delivery becomes, and of which connection.
type Recipients = Vec<(Uuid, Option<Uuid>)>;

/// A delivery whose body was parsed.
struct Delivery {
    payload: Box<RawValue>,
    /// The recorded event that has this body.
    recorded: Option<&'static RecordedEvent>,
    /// What to answer to a provider that checks whose the webhook is.
    handshake: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct Receipt {
    status: &'static str,
    signals: usize,
}

impl Call<'_> {
    pub(super) fn ingest_webhook(self) -> Result<Answer, Problem> {
        let door = self.caller.tenant.map_or(Door::App, Door::HandedOn);
        let provider = self.incoming.provider()?;
        self.ingest(door, provider)
    }

    pub(super) fn ingest_signed_webhook(self) -> Result<Answer, Problem> {
        let provider = self.incoming.provider()?;
        let invalid = |problem: &str| Problem::invalid_field(TENANT_IN_PATH, problem);
        let rule = &self.incoming.rules.parameter(Place::Path, TENANT_IN_PATH).rule;
        let tenant = rule.parse(self.incoming.path(TENANT_IN_PATH)).map(Parsed::into_uuid);
        let tenant = tenant.map_err(|problem| invalid(&problem))?;
        if tenant.is_nil() {
            return Err(invalid("must not be the nil UUID"));
        }
        self.ingest(Door::Tenant(tenant), provider)
    }

    fn ingest(self, door: Door, provider: &'static Provider) -> Result<Answer, Problem> {
        let voucher = voucher(&self.incoming, door, provider, self.world.now)?;
        let mut fields = Fields::default();
        let connection = fields.check(CONNECTION, named_connection(&self.incoming));
        let delivery = fields.check("body", Delivery::parse(&self.incoming.request.body, provider));
        fields.finish()?;
        let (connection, delivery) = connection.zip(delivery).expect("what is malformed is a problem");
        if let Some(answer) = delivery.handshake {
            return Ok(Answer::json(200, &answer));
        }
        let account = delivery.recorded.and_then(|event| event.account.as_deref());
        let name = provider.info.name.as_str();
        let recipients = recipients(self.world, door, voucher, (name, account), connection)?;
        let event_header = provider.webhook.event_header.as_deref();
        let event = event_header.map(|name| self.incoming.header(name).unwrap_or_default());
        // A header that names the event is not signed, so it must fit the body.
        let fits = |recorded: &&RecordedEvent| event.is_none_or(|event| recorded.event == event);
        let meant = delivery.recorded.filter(fits).filter(|recorded| !recorded.signals.is_empty());
        let receipt = match meant {
            Some(event) => self.store(provider, event, &delivery.payload, &recipients),
            None => Receipt { status: "ignored", signals: 0 },
        };
        Ok(Answer::json(202, &receipt))
    }

    fn store(self, provider: &Provider, event: &RecordedEvent, payload: &RawValue, recipients: &Recipients) -> Receipt {
        let (name, now) = (provider.info.name.as_str(), self.world.now);
        let in_header = provider.webhook.id_header.as_deref().and_then(|name| self.incoming.header(name));
        let in_body = provider.webhook.id_field.as_deref().and_then(|name| event.json()[name].as_str());
        let id = in_header.or(in_body);
        let mut receipt = Receipt { status: if recipients.is_empty() { "ignored" } else { "duplicate" }, signals: 0 };
        for (tenant, connection_id) in recipients {
            if !self.world.rows(*tenant).deliveries.accept(name, id, &self.incoming.request.body, now) {
                continue;
            }
            receipt.status = "accepted";
            receipt.signals += event.signals.len();
            for draft in &event.signals {
                let signal = Signal::of(draft, self.world.next_id(), name, *connection_id, now, payload.to_owned());
                self.world.rows(*tenant).signals.push(signal);
            }
        }
        receipt
    }
}

/// Whose secret signed the delivery.
fn voucher(incoming: &Incoming<'_>, door: Door, provider: &Provider, now: Timestamp) -> Result<Voucher, Problem> {
    let (scheme, name) = (&provider.webhook, provider.info.name.as_str());
    match door {
        Door::HandedOn(_) => Ok(Voucher::Tenant),
        Door::Tenant(tenant)
            if scheme.own_secrets && scheme.is_signed(incoming, &Settings::webhook_secret(name, tenant), now) =>
        {
            Ok(Voucher::Tenant)
        }
        _ if scheme.is_signed(incoming, &Settings::app_webhook_secret(name), now) => Ok(Voucher::App),
        _ => Err(Problem::new("INVALID_SIGNATURE")),
    }
}

impl WebhookScheme {
    fn is_signed(&self, incoming: &Incoming<'_>, secret: &str, now: Timestamp) -> bool {
        let signature = incoming.header(&self.signature_header);
        let digest = signature.and_then(|signature| signature.strip_prefix(&self.signature_prefix));
        let prefix = match &self.signed_time {
            Some(time) => time.prefix(incoming, now),
            None => Some(String::new()),
        };
        let right = prefix
            .map(|prefix| hmac_hex(secret.as_bytes(), &[prefix.as_bytes(), incoming.request.body.as_slice()].concat()));
        digest.zip(right).is_some_and(|(digest, right)| digest.eq_ignore_ascii_case(&right))
    }
}

impl SignedTime {
    /// What is signed before the body, if there is a time and it is near enough.
    fn prefix(&self, incoming: &Incoming<'_>, now: Timestamp) -> Option<String> {
        let text = incoming.header(&self.header).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        let time = Timestamp::from_micros(text.parse::<i64>().ok()?.checked_mul(1_000_000)?);
        let tolerance = Duration::from_secs(self.tolerance_seconds);
        let is_near = time <= now.after(tolerance) && time >= now.before(tolerance);
        is_near.then(|| format!("{}:{text}:", self.version))
    }
}

impl Handshake {
    /// What a delivery with this body is answered with, if it is one.
    fn answer(&self, body: &Value) -> Option<Map<String, Value>> {
        let asked = body[&self.answer].as_str().filter(|_| body[&self.field] == self.value)?;
        Some(Map::from_iter([(self.answer.clone(), asked.into())]))
    }
}

/// The connection that the request names.
fn named_connection(incoming: &Incoming<'_>) -> Result<Option<Uuid>, String> {
    let mut values = incoming.headers().get_all(CONNECTION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("is given more than once".into());
    }
    let rule = &incoming.rules.parameter(Place::Header, CONNECTION).rule;
    rule.parse(value.to_str().unwrap_or_default()).map(Parsed::into_uuid).map(Some)
}

impl Delivery {
    fn parse(body: &[u8], provider: &'static Provider) -> Result<Self, String> {
        // The first byte is signed, and the media type is not.
        let payload = if provider.webhook.forms && body.starts_with(b"payload=") {
            let mut form = form_urlencoded::parse(body);
            let json = form.next().map(|(_, json)| json.into_owned()).filter(|_| form.next().is_none());
            RawValue::from_string(json.ok_or("must be a form whose only field is `payload`")?).ok()
        } else {
            serde_json::from_slice::<Box<RawValue>>(body).ok()
        };
        let payload = payload.filter(|payload| payload.get().starts_with('{')).ok_or("must be a JSON object")?;
        let value: Value = serde_json::from_str(payload.get()).unwrap_or_default();
        let handshake = provider.webhook.handshake.as_ref().and_then(|handshake| handshake.answer(&value));
        Ok(Self { recorded: provider.recorded(&value), payload, handshake })
    }
}

fn recipients(
    world: &mut World,
    door: Door,
    voucher: Voucher,
    (provider, account): (&str, Option<&str>),
    connection: Option<Uuid>,
) -> Result<Recipients, Problem> {
    let other_account = || Problem::invalid_field(CONNECTION, "is connected to another account than the delivery's");
    let (Door::Tenant(tenant) | Door::HandedOn(tenant)) = door else {
        let connected = |account: &str| world.connected(provider, account);
        return Ok(match (connection, account) {
            (None, None) => Vec::new(),
            (None, Some(account)) => connected(account).into_iter().map(|(tenant, id)| (tenant, Some(id))).collect(),
            (Some(named), account) => {
                let (tenant, theirs) = world.owner(provider, named).ok_or_else(connections::not_found)?;
                match account {
                    Some(account) if account == theirs => vec![(tenant, Some(named))],
                    Some(_) => return Err(other_account()),
                    None => Vec::new(),
                }
            }
        });
    };
    let rows = world.rows(tenant);
    if let Some(named) = connection {
        let named = rows.connection(named).filter(|named| named.provider == provider);
        let named = named.ok_or_else(connections::not_found)?;
        return match account {
            Some(account) if account != named.external_account.id => Err(other_account()),
            None if voucher == Voucher::App => Ok(Vec::new()),
            _ => Ok(vec![(tenant, Some(named.id))]),
        };
    }
    Ok(match (account.and_then(|account| rows.connection_to(provider, account)), voucher) {
        (Some((id, false)), _) => vec![(tenant, Some(id))],
        (None, Voucher::Tenant) => vec![(tenant, None)],
        (Some((_, true)), _) | (None, Voucher::App) => Vec::new(),
    })
}
