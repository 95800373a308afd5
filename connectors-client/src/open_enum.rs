//! Enumerations that may grow.

use std::fmt;

/// A value that this version of the client does not know, as the service sent it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownValue(Box<str>);

impl UnknownValue {
    pub(crate) fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// The value's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnknownValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Defines an enumeration of texts that carries a text it does not know unchanged.
///
/// [`crate::generated`] calls it with the values that the service's document lists.
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($variant:ident = $value:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $value, "`")] $variant,)*
            /// A value that this version of the client does not know, unchanged.
            Unknown($crate::UnknownValue),
        }

        impl $name {
            /// Every value that this version of the client knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The value as it stands in JSON.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $value,)*
                    Self::Unknown(value) => value.as_str(),
                }
            }
        }

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($value => Self::$variant,)*
                    unknown => Self::Unknown($crate::UnknownValue::new(unknown)),
                }
            }
        }

        impl From<String> for $name {
            fn from(value: String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(value))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::open_enum::Text(::std::marker::PhantomData))
            }
        }
    };
}
pub(crate) use open_enum;

/// Reads a text without a copy of it.
pub(crate) struct Text<T>(pub(crate) std::marker::PhantomData<T>);

impl<T: for<'a> From<&'a str>> serde::de::Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, value: &str) -> Result<T, E> {
        Ok(T::from(value))
    }
}

#[cfg(test)]
mod tests {
    use crate::{ErrorCode, SignalKind};

    #[test]
    fn a_known_value_is_itself_and_an_unknown_one_stays_as_it_came() {
        for known in SignalKind::KNOWN {
            let json = serde_json::to_string(known).unwrap();
            assert_eq!(serde_json::from_str::<SignalKind>(&json).unwrap(), *known);
        }
        let newer: SignalKind = serde_json::from_str("\"wiki_Page\"").unwrap();
        assert!(matches!(newer, SignalKind::Unknown(_)));
        assert_eq!(newer.as_str(), "wiki_Page");
        assert_eq!(serde_json::to_string(&newer).unwrap(), "\"wiki_Page\"");
        assert_eq!(format!("{:?} {newer}", ErrorCode::from("NEW")), "Unknown(\"NEW\") wiki_Page");
    }

    #[test]
    fn what_is_no_text_is_no_value() {
        assert!(serde_json::from_str::<SignalKind>("7").is_err());
    }
}
