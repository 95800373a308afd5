//! A statement: constant text, and values that are only ever bound.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, Database, Postgres, Sqlite, query::Query};

use super::{Engine, Value};

/// A statement under construction. Its text is for both engines; what only one of them needs says so.
#[derive(Debug, Clone)]
pub(in crate::store) struct Statement<'a> {
    parts: Vec<(Option<Engine>, Cow<'static, str>)>,
    values: Vec<Value<'a>>,
}

impl<'a> Statement<'a> {
    /// Begins with `text`, in which `$1` is the first value that is bound.
    pub(in crate::store) fn new(text: &'static str) -> Self {
        Self { parts: vec![(None, text.into())], values: Vec::new() }
    }

    /// Binds the next placeholder of the text.
    pub(in crate::store) fn bind(mut self, value: impl Into<Value<'a>>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds constant text.
    pub(in crate::store) fn text(mut self, text: &'static str) -> Self {
        self.parts.push((None, text.into()));
        self
    }

    /// Adds constant text for one engine.
    pub(in crate::store) fn only(mut self, engine: Engine, text: &'static str) -> Self {
        self.parts.push((Some(engine), text.into()));
        self
    }

    /// Adds a condition in which each `?` stands for the next of `values`.
    pub(in crate::store) fn and<const N: usize>(mut self, condition: &'static str, values: [Value<'a>; N]) -> Self {
        let mut values = values.into_iter();
        let mut text = String::new();
        for part in condition.split_inclusive('?') {
            text.push_str(part.trim_end_matches('?'));
            if part.ends_with('?') {
                self.values.extend(values.next());
                text.push_str(&format!("${}", self.values.len()));
            }
        }
        self.parts.push((None, text.into()));
        self
    }

    /// Adds a condition if there is a value for it.
    pub(in crate::store) fn and_if(self, condition: &'static str, value: Option<impl Into<Value<'a>>>) -> Self {
        match value {
            Some(value) => self.and(condition, [value.into()]),
            None => self,
        }
    }

    /// The statement that tells how this one would be executed.
    pub(in crate::store) fn explained(mut self) -> Self {
        let before = [(Engine::Sqlite, "EXPLAIN QUERY PLAN "), (Engine::Postgres, "EXPLAIN (COSTS OFF) ")];
        self.parts.splice(0..0, before.map(|(engine, text)| (Some(engine), text.into())));
        self
    }

    fn sql(&self, engine: Engine) -> AssertSqlSafe<String> {
        let parts = self.parts.iter().filter(|(only, _)| only.is_none_or(|only| only == engine));
        // The text is put together of constants of this crate alone.
        AssertSqlSafe(parts.map(|(_, text)| text.as_ref()).collect())
    }
}

macro_rules! ready {
    ($name:ident, $engine:ident) => {
        impl<'a> Statement<'a> {
            /// The statement, ready to be executed by this engine.
            pub(in crate::store) fn $name(self) -> Query<'a, $engine, <$engine as Database>::Arguments> {
                let query = sqlx::query(self.sql(Engine::$engine));
                self.values.into_iter().fold(query, |query, value| match value {
                    Value::Uuid(value) => query.bind(value),
                    Value::Text(value) => query.bind(value),
                    Value::Bytes(value) => query.bind(value),
                    Value::Integer(value) => query.bind(value),
                })
            }
        }
    };
}

ready!(sqlite, Sqlite);
ready!(postgres, Postgres);
