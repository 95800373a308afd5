//! Statements whose conditions depend on the request.

use sqlx::{AssertSqlSafe, Sqlite, query::Query, sqlite::SqliteArguments};
use uuid::Uuid;

/// A value that is bound to a placeholder.
#[derive(Debug)]
pub(super) enum Value {
    Uuid(Uuid),
    Text(String),
    Integer(i64),
}

/// A statement under construction: constant text, and values that are only ever bound.
#[derive(Debug)]
pub(super) struct Statement {
    text: String,
    values: Vec<Value>,
}

impl Statement {
    /// Begins with `text`.
    pub(super) fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), values: Vec::new() }
    }

    /// Adds constant text.
    pub(super) fn text(mut self, text: &'static str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds a condition in which each `?` stands for the next of `values`.
    pub(super) fn and<const N: usize>(mut self, condition: &'static str, values: [Value; N]) -> Self {
        let mut values = values.into_iter();
        for part in condition.split_inclusive('?') {
            self.text.push_str(part.trim_end_matches('?'));
            if part.ends_with('?') {
                self.values.extend(values.next());
                self.text.push_str(&format!("${}", self.values.len()));
            }
        }
        self
    }

    /// Adds a condition if there is a value for it.
    pub(super) fn and_if(self, condition: &'static str, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.and(condition, [value]),
            None => self,
        }
    }

    /// The statement that tells how this one would be executed.
    pub(super) fn explained(mut self) -> Self {
        self.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        self
    }

    /// The statement, ready to be executed.
    pub(super) fn query(self) -> Query<'static, Sqlite, SqliteArguments> {
        // The text is put together of constants of this crate alone.
        self.values.into_iter().fold(sqlx::query(AssertSqlSafe(self.text)), |query, value| match value {
            Value::Uuid(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Integer(value) => query.bind(value),
        })
    }
}
