//! Enumerations that are closed in requests and open in responses.
//!
//! A response says `type: string` with the known values in `x-extensible-enum`, so that a client which is older than the
//! service carries on when a value is added. A request parameter lists its values in `enum`: a misspelt filter must not
//! silently widen a result.

/// Defines an enum over wire strings: `ALL`, `as_str`, `FromStr`, serde, and both OpenAPI schemas.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        $name:ident, $description:literal, example $example:literal {
            $($(#[$variant_meta:meta])* $variant:ident = $wire:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_meta])* #[doc = concat!("`", $wire, "`")] $variant,)+
        }

        impl $name {
            /// Every value, in the order in which the contract lists them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The value as it stands on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)+
                }
            }

            /// The schema of a request parameter: the known values and no other.
            pub fn request_schema() -> utoipa::openapi::schema::Object {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::ALL.iter().map(|value| value.as_str())))
                    .build()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or(())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some($description))
                    .examples([$example])
                    .extensions(Some(
                        utoipa::openapi::extensions::ExtensionsBuilder::new()
                            .add(
                                "x-extensible-enum",
                                Self::ALL.iter().map(|value| value.as_str()).collect::<Vec<_>>(),
                            )
                            .build(),
                    ))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use open_enum;
