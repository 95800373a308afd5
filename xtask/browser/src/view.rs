//! What the page is looked at with.

use serde_json::{Value, json};

/// The device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// 1280 × 900, with a mouse.
    Desktop,
    /// 390 × 844, with a finger: a page without a `viewport` of its own is laid out 980 wide, as on a real phone.
    Phone,
}

impl Screen {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Desktop, Self::Phone];

    pub(crate) fn metrics(self) -> Value {
        let (width, height) = match self {
            Self::Desktop => (1280, 900),
            Self::Phone => (390, 844),
        };
        json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": self == Self::Phone })
    }

    pub(crate) fn touch(self) -> Value {
        json!({ "enabled": self == Self::Phone, "maxTouchPoints": 1 })
    }
}

/// The colours that the reader's system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Scheme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// Nothing moves either, so that no colour is looked at half-way.
    pub(crate) fn media(self) -> Value {
        let scheme = match self {
            Self::Light => "light",
            Self::Dark => "dark",
        };
        json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] })
    }
}
