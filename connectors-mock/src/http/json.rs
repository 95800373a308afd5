//! JSON, of which more is asked than `serde_json` asks by itself.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

/// JSON in which no object has a name twice.
#[derive(Debug)]
pub(crate) struct Distinct(pub(crate) Value);

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON in which no object has a name twice")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_str<E>(self, value: &str) -> Result<Value, E> {
                Ok(value.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
                let mut all = Vec::new();
                while let Some(Distinct(item)) = items.next_element()? {
                    all.push(item);
                }
                Ok(all.into())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
                let mut all = Map::new();
                while let Some((name, Distinct(value))) = fields.next_entry::<String, _>()? {
                    if all.insert(name, value).is_some() {
                        return Err(Error::custom("a name that is there twice"));
                    }
                }
                Ok(all.into())
            }
        }

        deserializer.deserialize_any(Any).map(Self)
    }
}

/// The members of a JSON object, each of which is read when it is asked for.
#[derive(Debug)]
pub(crate) struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    /// Those of this text, if it is an object.
    pub(crate) fn of(json: &[u8]) -> Option<Self> {
        json_fields(json).ok().map(Self)
    }

    /// The value of a member, null if it is not there; `None` if it is there twice.
    pub(crate) fn only(&self, name: &str) -> Option<Value> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        match (values.next(), values.next()) {
            (None, _) => Some(Value::Null),
            (Some((_, value)), None) => serde_json::from_str(value.get()).ok(),
            _ => None,
        }
    }
}

/// A JSON object's fields in order, repeated ones included.
pub(crate) fn json_fields<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<(String, T)>, String> {
    struct Object<T>(PhantomData<T>);

    impl<'de, T: DeserializeOwned> Visitor<'de> for Object<T> {
        type Value = Vec<(String, T)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut fields = Vec::new();
            while let Some(field) = map.next_entry()? {
                fields.push(field);
            }
            Ok(fields)
        }
    }

    let mut json = serde_json::Deserializer::from_slice(body);
    let object = json.deserialize_map(Object(PhantomData)).and_then(|fields| json.end().map(|()| fields));
    object.map_err(|_| "must be a JSON object".into())
}
