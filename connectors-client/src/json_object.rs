//! A JSON object whose fields the service does not define.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _, MapAccess, Visitor},
    forward_to_deserialize_any,
};
use serde_json::{Map, Value, value::RawValue};

use crate::{Error, error::ErrorKind};

/// A JSON object, kept as the text that came: a provider's event, an error's details.
///
/// ```
/// use connectors_client::JsonObject;
///
/// #[derive(serde::Deserialize)]
/// struct Issue { number: u64 }
///
/// let payload: JsonObject = r#"{"number": 3, "size": 1.10}"#.parse()?;
/// assert_eq!(payload.to::<Issue>()?.number, 3);
/// assert_eq!(payload.as_str(), r#"{"number": 3, "size": 1.10}"#);
/// # Ok::<(), connectors_client::Error>(())
/// ```
///
/// Two are equal if their texts are. The text is the one that came where an answer of the service, or any JSON text, is read
/// directly. Read from values, as out of a `serde_json::Value` or through serde's `flatten` and `untagged`, which make values of
/// all first, it is the object as those values hold it: in another order, with `1.10` as `1.1`, with numbers as exact as an `f64` or
/// a 64-bit integer, and nested as deeply as `serde_json` reads values (127).
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub struct JsonObject(Box<RawValue>);

impl JsonObject {
    /// The object's text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Reads the object as a type of yours: a struct with the fields that matter, or a map.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if the object is not of that type.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(self.as_str()).map_err(|error| {
            Error::local(ErrorKind::Decode, "json_object", "is not of the type asked for").because(error)
        })
    }
}

impl std::str::FromStr for JsonObject {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text)
            .map_err(|error| Error::local(ErrorKind::Decode, "json_object", "is no JSON object").because(error))
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = <Box<RawValue>>::deserialize(TextOrValues(deserializer))?;
        if value.get().starts_with('{') { Ok(Self(value)) } else { Err(D::Error::custom("expected an object")) }
    }
}

/// Gives a [`RawValue`] the text where the format has one for it, and else one that is written of the values.
struct TextOrValues<T>(T);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for TextOrValues<D> {
    type Error = D::Error;

    /// What a [`RawValue`] asks for. A format that knows its name gives a map with the text, any other the values.
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, TextOrValues((name, visitor)))
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for TextOrValues<(&'static str, V)> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.1.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, text: A) -> Result<V::Value, A::Error> {
        self.0.1.visit_map(text)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, values: D) -> Result<V::Value, D::Error> {
        let (name, visitor) = self.0;
        let object = Value::Object(Map::deserialize(values)?);
        object.deserialize_newtype_struct(name, visitor).map_err(D::Error::custom)
    }
}

impl PartialEq for JsonObject {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Connection, Signal};

    const SIGNAL: &str = r#"{"id":"0198f0a3-1b2c-7a4d-8e5f-0a1b2c3d4e5f","provider_slug":"github","connection_id":null,
        "kind":"pr_opened","occurred_at":"2026-01-02T03:04:05.000001Z","received_at":"2026-01-02T03:04:05.000001Z",
        "title":"T","rank":7,"payload":{"n": 1.10, "a":[{"b":null}]}}"#;

    /// A row of Core's own.
    #[derive(Deserialize, Serialize)]
    struct Ranked {
        rank: u32,
        #[serde(flatten)]
        signal: Signal,
    }

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Signal(Box<Signal>),
        Connection(Box<Connection>),
    }

    fn values(object: &JsonObject) -> Value {
        object.to().unwrap()
    }

    #[test]
    fn read_from_text_it_is_the_text_and_read_from_values_the_same_object() {
        let expected = json!({"n": 1.1, "a": [{"b": null}]});
        let direct: Signal = serde_json::from_str(SIGNAL).unwrap();
        assert_eq!(direct.payload.as_ref().unwrap().as_str(), r#"{"n": 1.10, "a":[{"b":null}]}"#);
        assert_eq!(values(direct.payload.as_ref().unwrap()), expected);

        let flat: Ranked = serde_json::from_str(SIGNAL).unwrap();
        assert_eq!((flat.rank, values(flat.signal.payload.as_ref().unwrap())), (7, expected.clone()));

        let value: Value = serde_json::from_str(SIGNAL).unwrap();
        let of_value: Signal = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(values(&of_value.payload.unwrap()), expected);
        let of_reference = Signal::deserialize(&value).unwrap();
        assert_eq!(values(&of_reference.payload.unwrap()), expected);

        // And back.
        assert_eq!(serde_json::to_value(&flat).unwrap(), value);
        assert_eq!(serde_json::from_str::<Value>(&serde_json::to_string(&flat).unwrap()).unwrap(), value);
    }

    #[test]
    fn an_untagged_choice_finds_connection_and_signal() {
        let connection = r#"{"id":"0198f0a2-7c1e-7d3a-9b52-6f0e4f1d2c3b","provider":"github","status":"active",
            "external_account":{"id":"1","name":"N"},"scopes":[],"created_at":"2026-01-02T03:04:05.000001Z",
            "updated_at":"2026-01-02T03:04:05.000001Z","metadata":{"sites":["a"]}}"#;
        match serde_json::from_str(connection).unwrap() {
            Either::Connection(connection) => assert_eq!(values(&connection.metadata), json!({"sites": ["a"]})),
            Either::Signal(signal) => panic!("{signal:?}"),
        }
        assert!(matches!(serde_json::from_str(SIGNAL).unwrap(), Either::Signal(_)));
    }

    #[test]
    fn what_is_no_object_is_refused_however_it_is_read() {
        #[derive(Debug, Deserialize)]
        struct Flat {
            #[serde(flatten)]
            _one: One,
        }
        #[derive(Debug, Deserialize)]
        struct One {
            _object: JsonObject,
        }

        for no_object in ["[]", "1", "\"{\"", "true", "null"] {
            let text = format!(r#"{{"_object":{no_object}}}"#);
            serde_json::from_str::<One>(&text).unwrap_err();
            serde_json::from_str::<Flat>(&text).unwrap_err();
            serde_json::from_value::<One>(serde_json::from_str(&text).unwrap()).unwrap_err();
        }
        serde_json::from_str::<Flat>(r#"{"_object":{}}"#).unwrap();
    }
}
