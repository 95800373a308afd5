//! Deliveries of providers.
//!
//! A recorded event becomes the signals that the service makes of it; of every other delivery nothing is made.

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use url::form_urlencoded;
use uuid::Uuid;

use super::{Call, connections};
use crate::{
    catalogue::{Handshake, Provider, RecordedEvent, Signature, WebhookScheme},
    contract::{Parsed, Place, TENANT_IN_PATH},
    http::{Answer, Fields, Incoming, Problem},
    settings::Settings,
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

/// Who vouches for a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Voucher {
    /// The tenant, whose own secret signed it; or who has shown an operator token.
    Tenant,
    /// The provider: it vouches only for accounts that the tenant has connected.
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
        let (voucher, covers_body) = voucher(&self.incoming, door, provider, self.world.now)?;
        let mut fields = Fields::default();
        let connection = fields.check(CONNECTION, named_connection(&self.incoming));
        let delivery = fields.check("body", Delivery::parse(&self.incoming.request.body, provider));
        fields.finish()?;
        let (connection, delivery) = connection.zip(delivery).expect("what is malformed is a problem");
        if let Some(answer) = delivery.handshake {
            return Ok(Answer::json(200, &answer));
        }
        let account: &[String] = match (delivery.recorded.map(|event| &event.accounts), voucher, door) {
            (None, ..) => &[],
            (Some(accounts), _, Door::HandedOn(_)) => &accounts.core,
            (Some(accounts), Voucher::Tenant, _) => &accounts.tenant,
            (Some(accounts), Voucher::App, _) => &accounts.app,
        };
        let name = provider.info.name.as_str();
        let recipients = recipients(self.world, door, voucher, (name, account), connection)?;
        let event_header = provider.webhook.event_header.as_deref();
        let event = event_header.map(|name| self.incoming.header(name).unwrap_or_default());
        // A header that names the event is not signed, so it must fit the body.
        let fits = |recorded: &&RecordedEvent| event.is_none_or(|event| recorded.event == event);
        let meant = delivery.recorded.filter(fits).filter(|recorded| !recorded.signals.is_empty());
        let receipt = match meant {
            Some(event) => self.store(provider, event, (&delivery.payload, covers_body), &recipients),
            None => Receipt { status: "ignored", signals: 0 },
        };
        Ok(Answer::json(202, &receipt))
    }

    fn store(
        self,
        provider: &Provider,
        event: &RecordedEvent,
        (payload, is_signed): (&RawValue, bool),
        recipients: &Recipients,
    ) -> Receipt {
        let (name, now) = (provider.info.name.as_str(), self.world.now);
        let in_header = provider.webhook.id_header.as_deref().and_then(|name| self.incoming.header(name));
        let in_body = provider.webhook.id_field.as_deref().and_then(|name| event.json()[name].as_str());
        let id = in_header.or(in_body);
        let body = is_signed.then_some(self.incoming.request.body.as_slice());
        let mut receipt = Receipt { status: if recipients.is_empty() { "ignored" } else { "duplicate" }, signals: 0 };
        for (tenant, connection_id) in recipients {
            if !self.world.rows(*tenant).deliveries.accept(name, id, body, now) {
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

/// Who signed the delivery, and whether the body is signed too.
fn voucher(
    incoming: &Incoming<'_>,
    door: Door,
    provider: &Provider,
    now: Timestamp,
) -> Result<(Voucher, bool), Problem> {
    let (WebhookScheme { own, app, .. }, name) = (&provider.webhook, provider.info.name.as_str());
    let good = |signature: &&Signature, secret: &str| signature.is_good(incoming, secret, now);
    match door {
        Door::HandedOn(_) => {
            return Ok((Voucher::Tenant, own.iter().chain(app).any(|signature| signature.covers_body)));
        }
        Door::Tenant(tenant) => {
            let secret = Settings::webhook_secret(name, tenant);
            if let Some(signature) = own.as_ref().filter(|signature| good(signature, &secret)) {
                return Ok((Voucher::Tenant, signature.covers_body));
            }
        }
        Door::App => {}
    }
    let secret = Settings::app_webhook_secret(name);
    let signature = app.as_ref().filter(|signature| good(signature, &secret));
    signature.map(|signature| (Voucher::App, signature.covers_body)).ok_or_else(|| Problem::new("INVALID_SIGNATURE"))
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
        if !provider.webhook.has_body {
            let payload = RawValue::from_string("{}".to_owned()).map_err(|error| error.to_string())?;
            return Ok(Self { payload, recorded: None, handshake: None });
        }
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
    (provider, account): (&str, &[String]),
    connection: Option<Uuid>,
) -> Result<Recipients, Problem> {
    let other_account = || Problem::invalid_field(CONNECTION, "is connected to another account than the delivery's");
    let (Door::Tenant(tenant) | Door::HandedOn(tenant)) = door else {
        let Some(named) = connection else {
            return Ok(world.connected(provider, account).into_iter().map(|(tenant, id)| (tenant, Some(id))).collect());
        };
        let (tenant, found) = world.owner(provider, named).ok_or_else(connections::not_found)?;
        return match account {
            [] => Ok(Vec::new()),
            names if found.is_called(names) => Ok(vec![(tenant, Some(named))]),
            _ => Err(other_account()),
        };
    };
    let rows = world.rows(tenant);
    if let Some(named) = connection {
        let named = rows.connection(named).filter(|named| named.provider == provider);
        let named = named.ok_or_else(connections::not_found)?;
        return match account {
            [] if voucher == Voucher::App => Ok(Vec::new()),
            names if names.is_empty() || named.is_called(names) => Ok(vec![(tenant, Some(named.id))]),
            _ => Err(other_account()),
        };
    }
    Ok(match (rows.connection_to(provider, account), voucher) {
        (Some((id, false)), _) => vec![(tenant, Some(id))],
        (None, Voucher::Tenant) => vec![(tenant, None)],
        (Some((_, true)), _) | (None, Voucher::App) => Vec::new(),
    })
}
