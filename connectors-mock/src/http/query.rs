//! Query parameters, read strictly: what is unknown or repeated is refused, not ignored.

use url::form_urlencoded;
use uuid::Uuid;

use super::{Fields, Request};
use crate::{
    contract::{OperationRules, Parsed, Place},
    timestamp::Timestamp,
};

/// A request's query.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    pairs: Vec<(String, String)>,
    rules: &'a OperationRules,
}

impl<'a> Query<'a> {
    pub(super) fn new(request: &Request, rules: &'a OperationRules) -> Self {
        let pairs = form_urlencoded::parse(request.query().as_bytes());
        Self { pairs: pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(), rules }
    }

    /// The parameter's value, or its default, if it is not repeated and what the document says.
    fn value(&self, fields: &mut Fields, name: &str) -> Option<Parsed> {
        let parameter = self.rules.parameter(Place::Query, name);
        let mut values = self.pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let given = values.next();
        if values.next().is_some() {
            fields.problem(name, "is given more than once");
            return None;
        }
        let text = given.or(parameter.default.as_ref())?;
        fields.check(name, parameter.rule.parse(text))
    }

    pub(crate) fn text(&self, fields: &mut Fields, name: &str) -> Option<String> {
        self.value(fields, name).map(Parsed::into_text)
    }

    pub(crate) fn uuid(&self, fields: &mut Fields, name: &str) -> Option<Uuid> {
        self.value(fields, name).map(Parsed::into_uuid)
    }

    pub(crate) fn timestamp(&self, fields: &mut Fields, name: &str) -> Option<Timestamp> {
        self.value(fields, name).map(Parsed::into_timestamp)
    }

    pub(crate) fn integer(&self, fields: &mut Fields, name: &str) -> Option<u32> {
        self.value(fields, name).map(Parsed::into_integer)
    }

    pub(crate) fn boolean(&self, fields: &mut Fields, name: &str) -> Option<bool> {
        self.value(fields, name).map(Parsed::into_boolean)
    }

    /// Refuses the parameters that the operation doesn't have.
    pub(crate) fn refuse_unknown(&self, fields: &mut Fields) {
        for (name, _) in &self.pairs {
            if !self.rules.names_of_query().any(|known| known == name) {
                fields.unknown(name, self.rules.names_of_query(), "parameter");
            }
        }
    }
}
