//! The database under test.

use std::path::Path;

use connectors_examples::database::{Database, Engine};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use tempfile::TempDir;

/// An empty database, gone once dropped, and a folder to be in.
pub struct TestDatabase {
    pub folder: TempDir,
    engine: Engine,
    database: Database,
}

/// Whether the tests run on PostgreSQL.
pub fn on_postgres() -> bool {
    Engine::of_tests() == Engine::Postgres
}

impl TestDatabase {
    /// Of the engine that the tests run on.
    pub async fn create() -> Self {
        Self::of(Engine::of_tests()).await
    }

    pub async fn of(engine: Engine) -> Self {
        let (folder, database) = (tempfile::tempdir().unwrap(), Database::create(engine).await.unwrap());
        Self { folder, engine, database }
    }

    /// For `POBLYSH_DATABASE_URL`.
    pub fn url(&self) -> String {
        self.database.url()
    }

    /// Executes statements past the service.
    pub async fn execute(&self, statements: &str) {
        let statements = AssertSqlSafe(statements.to_owned());
        match self.engine {
            Engine::Postgres => {
                let mut connection = PgConnection::connect(&self.url()).await.unwrap();
                connection.execute(statements).await.unwrap();
            }
            Engine::Sqlite => {
                let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
                connection.execute(statements).await.unwrap();
                // Closed in order, so that nothing of it is left in the way of the service.
                connection.close().await.unwrap();
            }
        }
    }

    /// The first column of what a query finds, as text.
    pub async fn texts(&self, query: &str) -> Vec<String> {
        let query = AssertSqlSafe(query.to_owned());
        if self.engine == Engine::Sqlite {
            let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
            return connection.fetch_all(query).await.unwrap().iter().map(|row| row.get(0)).collect();
        }
        let mut connection = PgConnection::connect(&self.url()).await.unwrap();
        connection.fetch_all(query).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// Whether these bytes stand anywhere in the database.
    pub async fn holds(&self, needle: &str) -> bool {
        if self.engine == Engine::Sqlite {
            let url = self.url();
            let folder = Path::new(url.trim_start_matches("sqlite:")).parent().unwrap();
            let mut files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
            let holds = |bytes: Vec<u8>| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
            return files.any(|path| holds(std::fs::read(path).unwrap()));
        }
        // Bytes are shown in hexadecimal.
        let hex = hex(needle);
        for table in self.texts("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").await {
            let rows = self.texts(&format!("SELECT row_to_json(t)::text FROM {table} t")).await;
            if rows.iter().any(|row| row.contains(needle) || row.contains(&hex)) {
                return true;
            }
        }
        false
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}
