//! The schema's versions: the same on both engines, each in its own words.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr,
    migrate::{Migration, MigrationType, Migrator},
};

/// A version of the schema.
struct Version {
    number: i64,
    description: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! version {
    ($number:literal, $description:literal, $file:literal) => {
        Version {
            number: $number,
            description: $description,
            sqlite: include_str!(concat!("migrations/sqlite/", $file)),
            postgres: include_str!(concat!("migrations/postgres/", $file)),
        }
    };
}

const VERSIONS: &[Version] = &[
    version!(1, "spine", "0001_spine.sql"),
    version!(2, "upkeep", "0002_upkeep.sql"),
    version!(3, "webhook secrets", "0003_webhook_secrets.sql"),
];

/// The newest version that this build knows.
pub(super) fn newest() -> Option<i64> {
    VERSIONS.last().map(|version| version.number)
}

/// What brings a SQLite database up to date. It refuses one that a newer build has migrated.
pub(super) fn sqlite() -> Migrator {
    migrator(|version| version.sqlite)
}

/// What brings a PostgreSQL database up to date. It refuses one that a newer build has migrated.
pub(super) fn postgres() -> Migrator {
    migrator(|version| version.postgres)
}

fn migrator(text: impl Fn(&Version) -> &'static str) -> Migrator {
    let migration = |version: &Version| {
        let description = Cow::Borrowed(version.description);
        Migration::new(version.number, description, MigrationType::Simple, text(version).into_sql_str(), false)
    };
    Migrator { migrations: VERSIONS.iter().map(migration).collect(), ..Migrator::DEFAULT }
}
