//! The document's schemas, compiled once with every object closed: a field that the document does not name is a mistake.

use std::{collections::BTreeMap, fmt};

use boon::{Compiler, ErrorKind, SchemaIndex, Schemas, ValidationError};
use serde_json::{Value, json};

use crate::suggest::hint;

const LOCATION: &str = "memory:///openapi.json";

/// The schemas by their names.
pub(super) struct ClosedSchemas {
    schemas: Schemas,
    by_name: BTreeMap<String, (SchemaIndex, Vec<String>)>,
}

impl ClosedSchemas {
    /// Compiles those of a document, with formats asserted.
    pub(super) fn compile(document: &Value) -> Self {
        let mut closed = document.clone();
        let mut fields = BTreeMap::new();
        for (name, schema) in closed["components"]["schemas"].as_object_mut().into_iter().flatten() {
            let names: Vec<String> =
                schema["properties"].as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect();
            if !names.is_empty() {
                schema["additionalProperties"] = json!(false);
            }
            fields.insert(name.clone(), names);
        }
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        compiler.add_resource(LOCATION, closed).expect("the document is a resource");
        let mut schemas = Schemas::new();
        let by_name = fields.into_iter().map(|(name, fields)| {
            let location = format!("{LOCATION}#/components/schemas/{name}");
            let index = compiler.compile(&location, &mut schemas).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, (index, fields))
        });
        Self { by_name: by_name.collect(), schemas }
    }

    /// All that is wrong with a value of the schema with this name.
    pub(super) fn judge(&self, name: &str, value: &Value) -> Result<(), String> {
        let (index, _) = self.by_name.get(name).ok_or_else(|| format!("the document has no schema {name}"))?;
        self.schemas.validate(value, *index).map_err(|error| {
            let mut wrong = Vec::new();
            self.tell(&error, &mut wrong);
            wrong.join("; ")
        })
    }

    /// What is wrong, field by field: errors without a cause say it, those around them only where it was found.
    fn tell(&self, error: &ValidationError<'_, '_>, wrong: &mut Vec<String>) {
        error.causes.iter().for_each(|cause| self.tell(cause, wrong));
        if !error.causes.is_empty() {
            return;
        }
        let place = error.instance_location.to_string().trim_start_matches('/').replace('/', ".");
        let place = if place.is_empty() { place } else { format!("`{place}`: ") };
        let ErrorKind::AdditionalProperties { got } = &error.kind else {
            wrong.push(format!("{place}{}", error.kind));
            return;
        };
        let schema = error.schema_url.rsplit('/').next().unwrap_or_default();
        let fields = self.by_name.get(schema).map(|(_, fields)| fields.as_slice()).unwrap_or_default();
        for field in got {
            let hint = hint(field, fields.iter().map(String::as_str));
            wrong.push(format!("{place}`{field}` is not a field of {schema}{hint}"));
        }
    }
}

impl fmt::Debug for ClosedSchemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClosedSchemas({} of them)", self.schemas.size())
    }
}
