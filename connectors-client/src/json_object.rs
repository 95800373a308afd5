//! A JSON object whose fields the service does not define.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

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
/// Two are equal if their texts are.
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
        let value = <Box<RawValue>>::deserialize(deserializer)?;
        if value.get().starts_with('{') { Ok(Self(value)) } else { Err(serde::de::Error::custom("expected an object")) }
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
