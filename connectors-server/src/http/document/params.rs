//! The parameters of operations, as the OpenAPI document has them.

use utoipa::{
    IntoParams,
    openapi::{
        KnownFormat, Object, ObjectBuilder, Required, SchemaFormat,
        extensions::Extensions,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::Type,
    },
};

use crate::{
    model::{ConnectionStatus, SignalKind},
    provider::{self, DeliveryId, Descriptor, Encoding, SecretSource, Signature, Signed, WebhookScheme},
};

/// The longest page.
pub(in crate::http) const MAX_LIMIT: u32 = 100;
/// The length of a page when the request names none.
pub(in crate::http) const DEFAULT_LIMIT: u32 = 50;

/// The parameter with the secret of a URL at which a provider may hand a webhook's secret over.
pub(in crate::http) const SETUP: &str = "setup";

const AN_ID: &str = "0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b";
const A_TENANT: &str = "123e4567-e89b-12d3-a456-426614174000";

macro_rules! params {
    ($($name:ident: [$($parameter:expr),+ $(,)?];)+) => {
        $(
            /// Documentation of parameters.
            pub(in crate::http) struct $name;

            impl IntoParams for $name {
                fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
                    vec![$($parameter),+]
                }
            }
        )+
    };
}

params! {
    ProviderPath: [path("provider", "The provider's slug.", text().examples(["github"]))];
    ConnectionPath: [path("connection_id", "The connection's id.", uuid().examples([AN_ID]))];
    SignalPath: [path("signal_id", "The signal's id.", uuid().examples([AN_ID]))];
    TenantPath: [path("tenant_id", "The tenant whose webhook it is.", uuid().examples([A_TENANT]))];
    SetupParams: [
        query(SETUP, "Zoho Mail: the tenant's own secret, which shows that the `X-Hook-Secret` in the request is to be believed.", secret()),
    ];
    CallbackParams: [
        // Required, as `state` is the credential.
        required(query("state", "The state that `start_oauth` made.", text().not_empty())),
        query("code", "The provider's code. This, or `error`.", text().not_empty()),
        query("error", "The provider's error code. This, or `code`.", text().not_empty()),
        query("error_description", "The provider's words. Never echoed.", text()),
        query("iss", "The provider's issuer (RFC 9207); checked if it is there.", text()),
        query("location", "Zoho: the data center that has the user's data, such as `eu`; one that there is not is refused.", text()),
        query("accounts-server", "Zoho: that data center's server; another URL than its own is refused.", text()),
    ];
    ConnectionListParams: [
        provider_filter(),
        query("status", "Only connections with this status.", Builder(ConnectionStatus::request_schema())),
        limit(),
        cursor(),
    ];
    SignalListParams: [
        provider_filter(),
        query("connection_id", "Only signals of this connection. One that the tenant does not have makes an empty page.", uuid()),
        query("kind", "Only signals of this kind.", Builder(SignalKind::request_schema())),
        query("occurred_after", "Only signals that occurred then or later.", timestamp()),
        query("occurred_before", "Only signals that occurred then or earlier.", timestamp()),
        limit(),
        cursor(),
        query(
            "include_payload",
            "Whether signals carry the provider's event in `payload`.",
            Builder(ObjectBuilder::new().schema_type(Type::Boolean).default(Some(false.into())).build()),
        ),
    ];
}

/// The headers that come with a delivery: the providers' own, and the one by which a sender names a connection.
pub(in crate::http) struct DeliveryHeaders;

impl IntoParams for DeliveryHeaders {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut headers: Vec<(DeliveryHeader, Vec<&Descriptor>)> = Vec::new();
        for descriptor in provider::descriptors() {
            for header in delivery_headers(&descriptor.webhook) {
                // Providers of one company may send the same.
                match headers.iter_mut().find(|(known, _)| known.name == header.name) {
                    Some((_, senders)) if senders.iter().any(|sender| sender.name == descriptor.name) => {}
                    Some((_, senders)) => senders.push(descriptor),
                    None => headers.push((header, vec![descriptor])),
                }
            }
        }
        let named = "The connection that the delivery belongs to, if the sender knows.";
        let named = header("X-Connection-Id", named, uuid().examples([AN_ID]));
        std::iter::once(named).chain(headers.iter().map(|(header, senders)| header.parameter(senders))).collect()
    }
}

/// A header of a provider's deliveries.
struct DeliveryHeader {
    name: &'static str,
    what: String,
    /// Whether it is a secret or a signature, which tools are to hide.
    is_credential: bool,
}

impl DeliveryHeader {
    fn new(name: &'static str, what: impl Into<String>) -> Self {
        Self { name, what: what.into(), is_credential: false }
    }

    fn credential(name: &'static str, what: &str) -> Self {
        let what = format!("{what} Not needed when Core hands a delivery on.");
        Self { name, what, is_credential: true }
    }

    fn parameter(&self, senders: &[&Descriptor]) -> Parameter {
        let display_names: Vec<_> = senders.iter().map(|sender| sender.display_name).collect();
        let description = format!("{}: {}", display_names.join(", "), self.what);
        let schema = if self.is_credential { secret() } else { text() };
        let mut parameter = header(self.name, &description, schema);
        let senders: Vec<_> = senders.iter().map(|sender| sender.name).collect();
        parameter.extensions = Some(Extensions::builder().add("x-providers", senders).build());
        parameter
    }
}

/// The headers of a provider's deliveries.
fn delivery_headers(webhook: &WebhookScheme) -> Vec<DeliveryHeader> {
    let mut headers = Vec::new();
    headers.extend(webhook.event_header.map(|name| DeliveryHeader::new(name, "the event's name.")));
    match webhook.id {
        DeliveryId::Header(name) => {
            headers.push(DeliveryHeader::new(name, "the delivery's id; its repeats are answered with `duplicate`."));
        }
        DeliveryId::Numbered(subscription, number) => {
            headers.push(DeliveryHeader::new(subscription, "the channel's id. The body is empty."));
            headers.push(DeliveryHeader::new(number, "the delivery's number within its channel."));
        }
        DeliveryId::Field(_) | DeliveryId::Body => {}
    }
    if let Some(Signed { secret: SecretSource::HandedOver { header }, .. }) = &webhook.own {
        let what = format!("the secret of a webhook that is being made; see `{SETUP}`.");
        headers.push(DeliveryHeader { is_credential: true, ..DeliveryHeader::new(header, what) });
    }
    for Signed { signature, .. } in [&webhook.own, &webhook.app].into_iter().flatten() {
        headers.extend(signature_headers(signature));
    }
    headers
}

/// The headers of a signature. `Authorization` is none of them: OpenAPI has it described by security schemes alone.
fn signature_headers(signature: &Signature) -> Vec<DeliveryHeader> {
    let (name, prefix, encoding, signed_time) = match signature {
        Signature::Hmac { header, prefix, encoding, signed_time } => (*header, *prefix, encoding, signed_time),
        Signature::Token { header: name } => return vec![DeliveryHeader::credential(name, "the secret itself.")],
        Signature::Rsa { header: name } => {
            let what = "the Base64 signature of the body, RSASSA-PKCS1-v1_5 with SHA-256.";
            return vec![DeliveryHeader::credential(name, what)];
        }
        Signature::Jwt | Signature::IdToken => return Vec::new(),
    };
    let mut headers = Vec::new();
    let signed = signed_time.as_ref().map_or("the body".to_owned(), |time| {
        let seconds = time.tolerance.as_secs();
        let what = format!("when it was sent, in seconds since 1970; at most {seconds} seconds off.");
        headers.push(DeliveryHeader::new(time.header, what));
        format!("`{}:{{{}}}:{{body}}`", time.version, time.header)
    });
    let written = match encoding {
        Encoding::Hex => "hex",
        Encoding::Base64 => "Base64",
    };
    let what = match prefix {
        "" => format!("the {written} HMAC-SHA256"),
        prefix => format!("`{prefix}` and the {written} HMAC-SHA256"),
    };
    headers.push(DeliveryHeader::credential(name, &format!("{what} of {signed}.")));
    headers
}

/// A schema under construction.
struct Builder(Object);

impl Builder {
    fn examples<const N: usize>(mut self, examples: [&str; N]) -> Self {
        self.0.examples = examples.into_iter().map(Into::into).collect();
        self
    }

    fn not_empty(mut self) -> Self {
        self.0.min_length = Some(1);
        self
    }
}

fn text() -> Builder {
    Builder(ObjectBuilder::new().schema_type(Type::String).build())
}

fn formatted(format: KnownFormat) -> Builder {
    Builder(ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format))).build())
}

fn secret() -> Builder {
    formatted(KnownFormat::Password)
}

fn uuid() -> Builder {
    formatted(KnownFormat::Uuid)
}

fn timestamp() -> Builder {
    formatted(KnownFormat::DateTime).examples(["2026-01-02T03:04:05Z"])
}

fn parameter(name: &str, description: &str, schema: Builder, place: ParameterIn) -> Parameter {
    ParameterBuilder::new().name(name).parameter_in(place).description(Some(description)).schema(Some(schema.0)).build()
}

fn required(mut parameter: Parameter) -> Parameter {
    parameter.required = Required::True;
    parameter
}

fn path(name: &str, description: &str, schema: Builder) -> Parameter {
    required(parameter(name, description, schema, ParameterIn::Path))
}

fn query(name: &str, description: &str, schema: Builder) -> Parameter {
    parameter(name, description, schema, ParameterIn::Query)
}

fn header(name: &str, description: &str, schema: Builder) -> Parameter {
    parameter(name, description, schema, ParameterIn::Header)
}

fn provider_filter() -> Parameter {
    let names = provider::descriptors().map(|descriptor| descriptor.name);
    let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build();
    query("provider", "Only those of the provider with this slug.", Builder(schema))
}

fn limit() -> Parameter {
    let schema = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1))
        .maximum(Some(MAX_LIMIT))
        .default(Some(DEFAULT_LIMIT.into()))
        .build();
    query("limit", "The page's greatest length.", Builder(schema))
}

fn cursor() -> Parameter {
    query("cursor", "The `next_cursor` of the page before; of the same list, with the same tenant and filters.", text())
}
