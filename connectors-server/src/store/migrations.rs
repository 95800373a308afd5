//! The schema's versions.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// Version, description, text.
const SQLITE: &[(i64, &str, &str)] = &[(1, "spine", include_str!("migrations/sqlite/0001_spine.sql"))];

/// The newest version that this build knows.
pub(super) fn newest() -> Option<i64> {
    SQLITE.last().map(|(version, ..)| *version)
}

/// What brings a SQLite database up to date. It refuses one that a newer build has migrated.
pub(super) fn sqlite() -> Migrator {
    let migrations: Vec<Migration> = SQLITE
        .iter()
        .map(|(version, description, text)| {
            let text = text.into_sql_str();
            Migration::new(*version, Cow::Borrowed(description), MigrationType::Simple, text, false)
        })
        .collect();
    Migrator { migrations: Cow::Owned(migrations), ..Migrator::DEFAULT }
}
