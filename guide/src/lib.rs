//! The integration guide. Its pages are in `book/`; what is Rust in them runs as doctests.

macro_rules! pages {
    ($($name:ident: $file:literal,)+) => {
        $(
            #[doc = include_str!(concat!("../book/", $file))]
            pub mod $name {}
        )+
    };
}

/// The repository's README, whose examples run too.
#[doc = include_str!("../../README.md")]
pub mod readme {}

pages! {
    introduction: "introduction.md",
    tenancy: "tenancy.md",
    security: "security.md",
    connect_github: "connect-github.md",
    endpoints: "endpoints.md",
    contributing: "contributing.md",
}
