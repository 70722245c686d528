//! Entities of sea-orm 2 on SQLite and PostgreSQL.
//!
//! Where PostgreSQL is missing a line says so, and it is not tested; with
//! `OTELIER_REQUIRE_DATABASES=1` that is a failure.
#![cfg(test)]

#[path = "../../../../crates/otelier-sqlx/tests/servers/server.rs"]
#[expect(dead_code, reason = "some of it is for tests of pools")]
mod server;
#[path = "../../../../crates/otelier-sqlx/tests/servers/wanted.rs"]
mod wanted;

use opentelemetry::trace::TracerProvider as _;
use otelier_core::span_layer;
use otelier_sql::{Config, layer};
use otelier_testing::{Telemetry, capture};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectOptions, ConnectionTrait as _, Database,
    DatabaseConnection, EntityTrait as _, QueryFilter as _, Set, TransactionTrait as _,
};
use tracing::{Dispatch, Instrument as _, dispatcher, info_span, level_filters::LevelFilter};
use tracing_subscriber::layer::SubscriberExt as _;

mod cake {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cake")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

async fn bakes(db: &DatabaseConnection) {
    let sql = "CREATE TABLE cake (id INTEGER PRIMARY KEY, name TEXT NOT NULL)";
    db.execute_unprepared(sql).await.unwrap();
    let transaction = db.begin().await.unwrap();
    let cake = cake::ActiveModel {
        id: Set(7),
        name: Set("s3cr3t".to_owned()),
    };
    cake.insert(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
    let found = cake::Entity::find()
        .filter(cake::Column::Name.eq("s3cr3t"))
        .all(db)
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
}

fn subscriber(telemetry: &Telemetry) -> Dispatch {
    let tracer = telemetry.tracer_provider().tracer("tracing");
    let subscriber = tracing_subscriber::registry()
        // As long as nobody asks for sea-orm's own spans, which are of level TRACE.
        .with(LevelFilter::DEBUG)
        .with(span_layer(tracer))
        // Which database it is, nobody says.
        .with(layer(Config::new()));
    Dispatch::new(subscriber)
}

/// The names below `checkout`, and what is told of the query.
fn told(telemetry: &Telemetry) -> (Vec<String>, String, String) {
    let above = telemetry.span("checkout").span_id;
    let spans = telemetry.spans().into_iter();
    let spans = spans.filter(|span| span.parent_span_id == Some(above));
    let spans: Vec<_> = spans.collect();
    let names = spans.iter().map(|span| span.name.clone()).collect();
    let select = spans.last().unwrap();
    let [system, text] =
        ["db.system.name", "db.query.text"].map(|key| select.get(key).unwrap().to_string());
    (names, system, text)
}

#[tokio::test]
async fn entities_on_sqlite_are_seen_below_what_asks_for_them() {
    let telemetry = capture();
    let listens = subscriber(&telemetry);
    // There is one for all threads, so this is the only test that sets it.
    dispatcher::set_global_default(listens.clone()).unwrap();
    let _here = dispatcher::set_default(&listens);
    let mut options = ConnectOptions::new("sqlite::memory:");
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    bakes(&db).instrument(info_span!("checkout")).await;
    // Its thread has told everything when it is gone.
    db.close().await.unwrap();
    let (names, system, text) = told(&telemetry);
    let expected = [
        "CREATE TABLE cake",
        "INSERT cake",
        // What was inserted.
        "SELECT cake",
        "SELECT cake",
    ];
    assert_eq!(names, expected, "{:?}", telemetry.tree());
    assert_eq!(system, "sqlite");
    assert_eq!(
        text,
        "SELECT \"cake\".\"id\", \"cake\".\"name\" FROM \"cake\" WHERE \"cake\".\"name\" = ?"
    );
}

#[tokio::test]
async fn entities_on_postgres_are_seen_though_nobody_says_which_database_it_is() {
    let Some((_server, url)) = wanted::postgres() else {
        return;
    };
    let mut options = ConnectOptions::new(url);
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    let telemetry = capture();
    let listens = subscriber(&telemetry);
    let _here = dispatcher::set_default(&listens);
    bakes(&db).instrument(info_span!("checkout")).await;
    let (names, system, text) = told(&telemetry);
    let expected = ["CREATE TABLE cake", "INSERT cake", "COMMIT", "SELECT cake"];
    assert_eq!(names, expected, "{:?}", telemetry.tree());
    assert_eq!(system, "other_sql");
    assert_eq!(
        text,
        "SELECT \"cake\".\"id\", \"cake\".\"name\" FROM \"cake\" WHERE \"cake\".\"name\" = $1"
    );
}
