//! Deliveries of providers.
//!
//! A recorded event becomes the signals that the service makes of it; of every other delivery nothing is made.

use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use url::form_urlencoded;
use uuid::Uuid;

use super::{Call, connections};
use crate::{
    catalogue::{Handshake, Meaning, Provider, RecordedEvent, Signature, WebhookScheme},
    contract::{Parsed, Place, TENANT_IN_PATH},
    http::{Answer, Distinct, Fields, Incoming, Members, Problem},
    settings::Settings,
    state::{Signal, World},
};

/// What no connection is called: the mock makes no subscriptions.
const NO_SUBSCRIPTION: &str = "subscription:";

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

impl Receipt {
    const IGNORED: Self = Self { status: "ignored", signals: 0 };
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

    fn ingest(mut self, door: Door, provider: &'static Provider) -> Result<Answer, Problem> {
        if let Some(secret) = handed_over(&self.incoming, door, provider)? {
            self.world.rows(secret.0).keep_webhook_secret(&provider.info.name, secret.1);
            return Ok(Answer::json(200, &Map::new()));
        }
        let (voucher, covers_body) = voucher(&self.incoming, door, provider, self.world)?;
        let mut fields = Fields::default();
        let connection = fields.check(CONNECTION, named_connection(&self.incoming));
        let delivery = fields.check("body", Delivery::parse(&self.incoming.request.body.bytes, provider));
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
        let account = if self.names_subscription(provider) { &[NO_SUBSCRIPTION.to_owned()] } else { account };
        let recipients = recipients(self.world, door, voucher, (provider, account), connection)?;
        let event_header = provider.webhook.event_header.as_deref();
        let event = event_header.map(|name| self.incoming.header(name).unwrap_or_default());
        // A header that names the event is not signed, so it must fit the body.
        let fits = |recorded: &&RecordedEvent| event.is_none_or(|event| recorded.event == event);
        let meant = delivery.recorded.filter(fits);
        let receipt = match meant.map(|event| (event, event.means)) {
            Some((event, Meaning::Signals)) => {
                self.store(provider, event, (&delivery.payload, covers_body), &recipients)
            }
            Some((event, Meaning::Ring)) => {
                let connected = self.fetched_of(&recipients);
                self.store(provider, event, (&delivery.payload, covers_body), &connected)
            }
            Some((_, Meaning::GrantRevoked)) => {
                // It is the account's connections that the service looks for, if it can ask about them.
                self.world.is_asked |= self.configured(provider).is_ok();
                Receipt::IGNORED
            }
            Some((_, Meaning::Nothing)) | None => Receipt::IGNORED,
        };
        Ok(Answer::json(202, &receipt))
    }

    /// Whether it names a subscription, which stands for the account.
    fn names_subscription(&self, provider: &Provider) -> bool {
        let header = provider.webhook.subscription_header.as_deref();
        header.and_then(|header| self.incoming.header(header)).is_some_and(|id| (1..=64).contains(&id.len()))
    }

    /// Those who have a connection that can be fetched from.
    fn fetched_of(&mut self, recipients: &Recipients) -> Recipients {
        let can_be = |(tenant, connection): &&(Uuid, Option<Uuid>)| {
            let rows = self.world.rows(*tenant);
            connection.and_then(|id| rows.connection(id)).is_some_and(|connection| connection.status != "revoked")
        };
        recipients.iter().filter(can_be).copied().collect()
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
        let in_body = provider
            .webhook
            .id_field
            .as_deref()
            .and_then(|name| event.json().pointer(&format!("/{}", name.replace('.', "/")))?.as_str());
        let id = in_header.or(in_body);
        let is_known_by_body = is_signed || provider.webhook.known_by_body;
        let body = is_known_by_body.then_some(&self.incoming.request.body.bytes[..]);
        let payload = provider.kept(payload);
        let mut receipt = Receipt::IGNORED;
        if !recipients.is_empty() {
            receipt.status = "duplicate";
        }
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

/// The secret of a tenant's webhook that the delivery hands over, if it does. It is believed only by the secret in the URL.
fn handed_over(incoming: &Incoming<'_>, door: Door, provider: &Provider) -> Result<Option<(Uuid, String)>, Problem> {
    let (Door::Tenant(tenant), Some(header)) = (door, &provider.webhook.handed_over_in) else { return Ok(None) };
    if !incoming.headers().contains_key(header.as_str()) {
        return Ok(None);
    }
    let query = incoming.request.query();
    let mut shown = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "setup");
    let is_right =
        shown.next().is_some_and(|(_, shown)| shown == Settings::webhook_secret(&provider.info.name, tenant));
    let is_alone = shown.next().is_none();
    let secret = incoming.header(header).filter(|secret| (1..=256).contains(&secret.len()));
    let secret = secret.filter(|_| is_right && is_alone).ok_or_else(|| Problem::new("INVALID_SIGNATURE"))?;
    Ok(Some((tenant, secret.to_owned())))
}

/// Who signed the delivery, and whether the body is signed too.
fn voucher(
    incoming: &Incoming<'_>,
    door: Door,
    provider: &Provider,
    world: &mut World,
) -> Result<(Voucher, bool), Problem> {
    let now = world.now;
    let (WebhookScheme { own, app, .. }, name) = (&provider.webhook, provider.info.name.as_str());
    let good = |signature: &&Signature, secret: &str| signature.is_good(incoming, secret, now);
    match door {
        Door::HandedOn(_) => {
            return Ok((Voucher::Tenant, own.iter().chain(app).any(|signature| signature.covers_body)));
        }
        Door::Tenant(tenant) => {
            let secrets = match provider.webhook.handed_over_in {
                Some(_) => world.rows(tenant).webhook_secrets_of(name),
                None => vec![Settings::webhook_secret(name, tenant)],
            };
            let signed = |signature: &&Signature| secrets.iter().any(|secret| good(signature, secret));
            if let Some(signature) = own.as_ref().filter(signed) {
                return Ok((Voucher::Tenant, signature.covers_body));
            }
        }
        Door::App => {}
    }
    // A subscription has a secret of its own.
    world.is_asked |= provider.webhook.subscription_header.is_some();
    let secret = Settings::app_webhook_secret(name);
    let signature = app.as_ref().filter(|signature| good(signature, &secret));
    signature.map(|signature| (Voucher::App, signature.covers_body)).ok_or_else(|| Problem::new("INVALID_SIGNATURE"))
}

impl Handshake {
    /// What a delivery with this body is answered with, if it is one.
    fn answer(&self, body: &RawValue) -> Option<Map<String, Value>> {
        let members = Members::of(body.get().as_bytes())?;
        let is_asked = members.only(&self.field)? == self.value;
        let asked = members.only(&self.answer).filter(|asked| is_asked && asked.is_string())?;
        Some(Map::from_iter([(self.answer.clone(), asked)]))
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
        if provider.webhook.subscription_header.is_some() {
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
        let handshake = provider.webhook.handshake.as_ref().and_then(|handshake| handshake.answer(&payload));
        let recorded = serde_json::from_str(payload.get()).ok().and_then(|Distinct(json)| provider.recorded(&json));
        Ok(Self { payload, recorded, handshake })
    }
}

fn recipients(
    world: &mut World,
    door: Door,
    voucher: Voucher,
    (provider, account): (&Provider, &[String]),
    connection: Option<Uuid>,
) -> Result<Recipients, Problem> {
    let (provider, names_account) = (provider.info.name.as_str(), provider.webhook.names_account);
    let other_account = || Problem::invalid_field(CONNECTION, "is connected to another account than the delivery's");
    if connection.is_none() && account.is_empty() {
        return Ok(match (door, voucher) {
            (Door::Tenant(tenant) | Door::HandedOn(tenant), Voucher::Tenant) => vec![(tenant, None)],
            (Door::App, _) | (_, Voucher::App) => Vec::new(),
        });
    }
    let (Door::Tenant(tenant) | Door::HandedOn(tenant)) = door else {
        let Some(named) = connection else {
            return Ok(world.connected(provider, account).into_iter().map(|(tenant, id)| (tenant, Some(id))).collect());
        };
        let (tenant, found) = world.owner(provider, named).ok_or_else(connections::not_found)?;
        return match account {
            [] if names_account => Ok(Vec::new()),
            names if names.is_empty() || found.is_called(names) => Ok(vec![(tenant, Some(named))]),
            _ => Err(other_account()),
        };
    };
    let rows = world.rows(tenant);
    if let Some(named) = connection {
        let named = rows.connection(named).filter(|named| named.provider == provider);
        let named = named.ok_or_else(connections::not_found)?;
        return match account {
            [] if voucher == Voucher::App && names_account => Ok(Vec::new()),
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
