//! What holds on every database. Each test gets a pool of its own, to a database with the
//! table `orders (id, name)` that holds three rows.

/// Makes the tests of one database. `$n` is its first placeholder.
macro_rules! suite {
    ($database:ty, $dialect:literal, $n:literal) => {
        use std::time::Duration;

        use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
        use opentelemetry::trace::{SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
        use otelier_sqlx::{Comments, Config, Connection, Pool, PoolConnection, QueryText, Transaction};
        use otelier_testing::{MetricKind, Span, Telemetry, capture};
        use sqlx::{
            Acquire, AssertSqlSafe, Either, Error, Executor, FromRow, QueryBuilder, Row as _, Statement as _,
            pool::PoolOptions,
        };

        type Db = $database;

        const BY_ID: &str = concat!("SELECT id, name FROM orders WHERE id = ", $n);

        #[derive(Debug, FromRow, PartialEq)]
        struct Order {
            id: i32,
            name: String,
        }

        fn names(telemetry: &Telemetry) -> Vec<String> {
            let spans = telemetry.spans().into_iter();
            let spans = spans.filter(|span| span.name != "acquire connection");
            spans.map(|span| span.name).collect()
        }

        fn only(telemetry: &Telemetry) -> Span {
            let spans = telemetry.spans().into_iter();
            let spans = spans.filter(|span| span.name != "acquire connection");
            let mut spans: Vec<_> = spans.collect();
            assert_eq!(spans.len(), 1, "{:?}", telemetry.tree());
            spans.remove(0)
        }

        fn text(span: &Span, key: &str) -> Option<String> {
            span.get(key).map(|value| value.to_string())
        }

        fn count(telemetry: &Telemetry, key: &str, value: &str) -> u64 {
            let duration = telemetry.metric("db.client.operation.duration");
            let points = duration.points.iter();
            let points = points.filter(|point| {
                point.attributes.get(key).is_some_and(|found| found.as_str() == value)
            });
            points.map(|point| point.count).sum()
        }

        /// Fails at the same table and id on every database.
        const DUPLICATE: &str = "INSERT INTO orders (id, name) VALUES (1, 's3cr3t')";

        pub(crate) async fn each_way_to_run_a_statement_makes_one_span(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let one = || sqlx::query(BY_ID).bind(1);
            one().execute(&pool).await.unwrap();
            one().fetch_one(&pool).await.unwrap();
            one().fetch_optional(&pool).await.unwrap();
            one().fetch_all(&pool).await.unwrap();
            assert_eq!(one().fetch(&pool).count().await, 1);
            assert_eq!(one().map(|row| row.get::<i32, _>(0)).fetch_one(&pool).await.unwrap(), 1);
            assert_eq!(one().map(|row| row.get::<i32, _>(0)).fetch_all(&pool).await.unwrap(), [1]);
            let order: Order = sqlx::query_as(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
            assert_eq!(order, Order { id: 1, name: "first".to_owned() });
            let orders: Vec<Order> = sqlx::query_as(BY_ID).bind(1).fetch_all(&pool).await.unwrap();
            assert_eq!(orders.len(), 1);
            let name: String = sqlx::query_scalar(concat!("SELECT name FROM orders WHERE id = ", $n))
                .bind(1).fetch_one(&pool).await.unwrap();
            assert_eq!(name, "first");
            let mut builder = QueryBuilder::<Db>::new("SELECT id FROM orders WHERE id IN (");
            builder.separated(", ").push_bind(1).push_bind(2);
            builder.push(")");
            assert_eq!(builder.build().fetch_all(&pool).await.unwrap().len(), 2);
            assert_eq!(sqlx::raw_sql("SELECT id FROM orders").fetch_all(&pool).await.unwrap().len(), 3);
            (&pool).execute("SELECT id FROM orders").await.unwrap();
            assert_eq!((&pool).fetch_many(one()).filter(|step| {
                std::future::ready(step.as_ref().is_ok_and(Either::is_right))
            }).count().await, 1);
            let results: Vec<_> = (&pool).execute_many(one()).try_collect().await.unwrap();
            assert_eq!(results.len(), 1);

            let spans = names(&telemetry);
            assert_eq!(spans.len(), 15, "{:?}", telemetry.tree());
            assert!(spans.iter().all(|name| name == "SELECT orders"));
            let duration = telemetry.metric("db.client.operation.duration");
            assert_eq!(duration.count(), 15);
            assert_eq!((duration.unit.as_str(), duration.kind), ("s", MetricKind::Histogram));
            assert_eq!(duration.points[0].bounds, [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0]);
            assert!(duration.total() < 60.0);
        }

        pub(crate) async fn connections_and_transactions_are_used_as_ever(raw: sqlx::Pool<Db>) {
            async fn takes_executor<'c>(executor: impl Executor<'c, Database = Db>) {
                sqlx::query("SELECT id FROM orders").fetch_all(executor).await.unwrap();
            }
            async fn takes_acquire<'c>(source: impl Acquire<'c, Database = Db>) {
                let mut connection = source.acquire().await.unwrap();
                sqlx::query("SELECT id FROM orders").fetch_all(&mut *connection).await.unwrap();
            }
            async fn takes_connection(connection: &mut Connection<Db>) {
                sqlx::query("SELECT id FROM orders").fetch_all(&mut *connection).await.unwrap();
                sqlx::query("SELECT id FROM orders").fetch_all(connection).await.unwrap();
            }
            async fn takes_transaction(transaction: &mut Transaction<'_, Db>) {
                sqlx::query("SELECT id FROM orders").fetch_all(&mut **transaction).await.unwrap();
            }
            let telemetry = capture();
            let pool: Pool<Db> = raw.into();
            takes_executor(&pool).await;
            let mut connection: PoolConnection<Db> = pool.acquire().await.unwrap();
            takes_executor(&mut *connection).await;
            takes_connection(&mut connection).await;
            let mut transaction = connection.begin().await.unwrap();
            takes_executor(&mut *transaction).await;
            takes_connection(&mut transaction).await;
            takes_transaction(&mut transaction).await;
            transaction.commit().await.unwrap();
            let spawned = pool.clone();
            let task = async move { takes_executor(&spawned).await };
            let mut tasks = tokio::task::JoinSet::new();
            tasks.spawn(telemetry.scope(task));
            tasks.join_next().await.unwrap().unwrap();
            insta::assert_snapshot!(names(&telemetry).join("\n"), @r"
            SELECT orders
            SELECT orders
            SELECT orders
            SELECT orders
            BEGIN
            SELECT orders
            SELECT orders
            SELECT orders
            SELECT orders
            COMMIT
            SELECT orders
            ");
            // Connections that go through `Acquire` are those of sqlx.
            takes_acquire(&mut *connection).await;
            takes_acquire(&mut connection).await;
            let mut transaction = connection.begin().await.unwrap();
            takes_acquire(&mut transaction).await;
            drop(transaction);
            drop(connection);
            takes_acquire(&pool).await;
            let transaction = Acquire::begin(&pool).await.unwrap();
            transaction.rollback().await.unwrap();
            assert_eq!(names(&telemetry)[11..], [
                "use connection",
                "use connection",
                "BEGIN",
                "use connection",
                "ROLLBACK",
                "use connection",
                "BEGIN",
            ]);
            let span = telemetry.span("use connection");
            assert_eq!((&span.kind, &span.status), (&SpanKind::Internal, &Status::Unset));
            assert!(text(&span, "db.system.name").is_some() && text(&span, "db.namespace").is_some());
            assert!(text(&span, "db.client.connection.pool.name").is_some());
        }

        pub(crate) async fn a_span_says_what_was_asked_and_not_with_which_values(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let sql = "SELECT name FROM orders WHERE name <> 's3cr3t' AND id IN (1, 2) -- s3cr3t";
            sqlx::query(sql).fetch_all(&pool).await.unwrap();
            let span = only(&telemetry);
            assert_eq!((span.name.as_str(), &span.kind), ("SELECT orders", &SpanKind::Client));
            assert_eq!(text(&span, "db.query.summary").unwrap(), "SELECT orders");
            assert_eq!(
                text(&span, "db.query.text").unwrap(),
                "SELECT name FROM orders WHERE name <> ? AND id IN (?) ",
            );
            assert_eq!(span.get("db.response.returned_rows").unwrap(), 2i64.into());
            assert_eq!(span.status, Status::Unset);
            assert!(span.get("error.type").is_none() && span.get("db.operation.batch.size").is_none());
            assert!(!format!("{span:?}").contains("s3cr3t"));
            assert_eq!(span.scope, "otelier-sqlx");
        }

        pub(crate) async fn a_statement_is_a_child_of_what_is_current(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let tracer = telemetry.tracer_provider().tracer("test");
            let request = tracer.start("request");
            let cx = telemetry.context().with_span(request);
            let work = async {
                sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
                let mut transaction = pool.begin().await.unwrap();
                sqlx::query(BY_ID).bind(2).fetch_one(&mut *transaction).await.unwrap();
                transaction.commit().await.unwrap();
            };
            opentelemetry::trace::FutureExt::with_context(work, cx).await;
            let spans = telemetry.spans();
            let children = spans.iter().filter(|span| span.parent.as_deref() == Some("request"));
            // The first of a pool has no statement above it yet, where the server is asked who it is.
            let children = children.filter(|span| span.name != "acquire connection");
            let children: Vec<_> = children.map(|span| span.name.as_str()).collect();
            assert_eq!(children, ["SELECT orders", "BEGIN", "SELECT orders", "COMMIT"]);
        }

        pub(crate) async fn an_error_is_named_by_its_code_and_not_quoted(raw: sqlx::Pool<Db>) {
            let (duplicate, syntax) = match $dialect {
                "postgres" => ("23505", "42601"),
                "mysql" => ("1062", "1064"),
                _ => ("1555", "1"),
            };
            let telemetry = capture();
            let pool = Pool::from(raw);
            sqlx::query(DUPLICATE).execute(&pool).await.unwrap_err();
            let sql = "SELEC 's3cr3t'";
            sqlx::query(sql).fetch_all(&pool).await.unwrap_err();
            let mut connection = pool.acquire().await.unwrap();
            sqlx::query(DUPLICATE).fetch_optional(&mut *connection).await.unwrap_err();
            let spans = telemetry.spans();
            let spans: Vec<_> = spans.iter().filter(|span| span.get("db.system.name").is_some()).collect();
            assert_eq!(spans.len(), 3);
            for (span, code) in spans.iter().zip([duplicate, syntax, duplicate]) {
                assert_eq!(text(span, "error.type").unwrap(), code);
                assert_eq!(text(span, "db.response.status_code").unwrap(), code);
                assert_eq!(span.status, Status::error(""));
                assert!(span.events.is_empty());
                assert!(!format!("{span:?}").contains("s3cr3t"));
            }
            assert_eq!(count(&telemetry, "error.type", duplicate), 2);
            assert_eq!(count(&telemetry, "db.response.status_code", syntax), 1);
        }

        pub(crate) async fn no_row_is_no_error(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let none = sqlx::query(BY_ID).bind(99).fetch_one(&pool).await;
            assert!(matches!(none, Err(Error::RowNotFound)));
            let mut connection = pool.acquire().await.unwrap();
            let none = sqlx::query(BY_ID).bind(99).fetch_one(&mut *connection).await;
            assert!(matches!(none, Err(Error::RowNotFound)));
            for span in telemetry.spans().iter().filter(|span| span.name == "SELECT orders") {
                assert_eq!(span.status, Status::Unset);
                assert!(span.get("error.type").is_none());
                assert_eq!(span.get("db.response.returned_rows").unwrap(), 0i64.into());
            }
        }

        pub(crate) async fn rows_are_counted_where_they_are_wanted(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let all = "SELECT id, name FROM orders";
            let _: Vec<Order> = sqlx::query_as(all).fetch_all(&pool).await.unwrap();
            assert_eq!(only(&telemetry).get("db.response.returned_rows").unwrap(), 3i64.into());
            sqlx::query("UPDATE orders SET name = 'x' WHERE id = 1").execute(&pool).await.unwrap();
            assert!(telemetry.span("UPDATE orders").get("db.response.returned_rows").is_none());
            let rows = telemetry.metric("db.client.response.returned_rows");
            assert_eq!((rows.count(), rows.total()), (1, 3.0));
            assert_eq!(rows.unit, "{row}");
        }

        pub(crate) async fn a_stream_that_is_not_read_to_its_end_ends_its_span(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let mut rows = sqlx::query("SELECT id FROM orders").fetch(&pool);
            rows.try_next().await.unwrap().unwrap();
            assert_eq!(names(&telemetry).len(), 0);
            drop(rows);
            let span = only(&telemetry);
            assert_eq!(span.get("db.response.returned_rows").unwrap(), 1i64.into());
            assert_eq!(span.status, Status::Unset);
            assert!(span.get("error.type").is_none());

            let mut connection = pool.acquire().await.unwrap();
            let mut rows = sqlx::query("SELECT id FROM orders").fetch(&mut *connection);
            rows.try_next().await.unwrap().unwrap();
            drop(rows);
            assert_eq!(names(&telemetry).len(), 2);
        }

        pub(crate) async fn what_is_never_polled_leaves_no_span(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            drop(sqlx::query(BY_ID).bind(1).fetch(&pool));
            drop(sqlx::query(BY_ID).bind(1).fetch_one(&pool));
            let mut connection = pool.acquire().await.unwrap();
            drop(sqlx::query(BY_ID).bind(1).fetch(&mut *connection));
            drop(sqlx::query(BY_ID).bind(1).fetch_one(&mut *connection));
            drop(connection.begin());
            assert_eq!(names(&telemetry).len(), 0);
        }

        pub(crate) async fn a_cancelled_statement_ends_its_span(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let mut connection = pool.acquire().await.unwrap();
            let slow = match $dialect {
                "postgres" => "SELECT pg_sleep(5)",
                "mysql" => "SELECT sleep(5)",
                _ => "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 1000000) SELECT max(n) FROM c",
            };
            let patience = Duration::from_millis(20);
            let one = sqlx::query(slow).fetch_one(&mut *connection);
            tokio::time::timeout(patience, one).await.unwrap_err();
            let all = sqlx::query(slow).fetch_all(&pool);
            tokio::time::timeout(patience, all).await.unwrap_err();
            let spans = telemetry.spans();
            let spans: Vec<_> = spans.iter().filter(|span| span.get("db.query.text").is_some()).collect();
            assert_eq!(spans.len(), 2);
            for span in spans {
                assert_eq!(text(span, "error.type").unwrap(), "cancelled");
                assert_eq!(span.status, Status::Unset);
            }
            assert_eq!(count(&telemetry, "error.type", "cancelled"), 2);
            let pending = telemetry.metric("db.client.connection.pending_requests");
            assert_eq!(pending.total(), 0.0);
        }

        pub(crate) async fn transactions_are_seen_from_begin_to_end(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let mut transaction = pool.begin().await.unwrap();
            let mut savepoint = transaction.begin().await.unwrap();
            sqlx::query("DELETE FROM orders").execute(&mut *savepoint).await.unwrap();
            savepoint.rollback().await.unwrap();
            let savepoint = transaction.begin().await.unwrap();
            savepoint.commit().await.unwrap();
            drop(transaction.begin().await.unwrap());
            sqlx::query("DELETE FROM orders WHERE id = 1").execute(&mut *transaction).await.unwrap();
            transaction.rollback().await.unwrap();
            let mut transaction = pool.begin().await.unwrap();
            sqlx::query("DELETE FROM orders WHERE id = 2").execute(&mut *transaction).await.unwrap();
            drop(transaction);
            let mut connection = pool.acquire().await.unwrap();
            connection
                .transaction(|transaction| {
                    Box::pin(async move {
                        sqlx::query("DELETE FROM orders WHERE id = 3").execute(&mut **transaction).await
                    })
                })
                .await
                .unwrap();
            insta::assert_snapshot!(names(&telemetry).join("\n"), @r"
            BEGIN
            SAVEPOINT
            DELETE orders
            ROLLBACK TO SAVEPOINT
            SAVEPOINT
            RELEASE SAVEPOINT
            SAVEPOINT
            ROLLBACK TO SAVEPOINT
            DELETE orders
            ROLLBACK
            BEGIN
            DELETE orders
            ROLLBACK
            BEGIN
            DELETE orders
            COMMIT
            ");
            let left: Vec<i32> =
                sqlx::query_scalar("SELECT id FROM orders ORDER BY id").fetch_all(&mut *connection).await.unwrap();
            assert_eq!(left, [1, 2]);
        }

        pub(crate) async fn a_transaction_of_its_own_kind_begins_as_it_is_told(raw: sqlx::Pool<Db>) {
            let sql = match $dialect {
                "postgres" => "BEGIN ISOLATION LEVEL SERIALIZABLE",
                "mysql" => "START TRANSACTION READ ONLY",
                _ => "BEGIN IMMEDIATE",
            };
            let telemetry = capture();
            let pool = Pool::from(raw);
            let transaction = pool.begin_with(sql).await.unwrap();
            transaction.commit().await.unwrap();
            let begin = telemetry.spans().into_iter().find(|span| span.name.contains("TRANS") || span.name == "BEGIN");
            assert_eq!(text(&begin.unwrap(), "db.query.text").unwrap(), sql);
            let mut connection = pool.acquire().await.unwrap();
            let mut transaction = connection.begin_with(sql).await.unwrap();
            let again = transaction.begin_with(sql).await;
            assert!(matches!(again, Err(Error::InvalidSavePointStatement)));
        }

        pub(crate) async fn several_statements_at_once_are_one_batch(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let sql = "INSERT INTO orders (id, name) VALUES (11, 's3cr3t'); \
                       INSERT INTO orders (id, name) VALUES (12, 's3cr3t')";
            sqlx::raw_sql(sql).execute(&pool).await.unwrap();
            let span = only(&telemetry);
            assert_eq!(span.name, "BATCH INSERT orders");
            assert_eq!(span.get("db.operation.batch.size").unwrap(), 2i64.into());
            assert!(!format!("{span:?}").contains("s3cr3t"));
        }

        pub(crate) async fn a_prepared_statement_is_read_where_it_is(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let mut connection = pool.acquire().await.unwrap();
            let statement = (&mut *connection).prepare(sqlx::SqlSafeStr::into_sql_str(BY_ID)).await.unwrap();
            assert_eq!(names(&telemetry).len(), 0);
            let row = statement.query().bind(1).fetch_one(&mut *connection).await.unwrap();
            assert_eq!(row.get::<String, _>("name"), "first");
            assert_eq!(only(&telemetry).name, "SELECT orders");
            (&pool).describe(sqlx::SqlSafeStr::into_sql_str(BY_ID)).await.unwrap();
        }

        pub(crate) async fn telemetry_changes_nothing_for_the_prepared_statements(raw: sqlx::Pool<Db>) {
            async fn run<'c>(executor: impl Executor<'c, Database = Db>, persistent: bool) {
                sqlx::query(BY_ID).bind(1).persistent(persistent).fetch_all(executor).await.unwrap();
            }
            async fn run_map<'c>(executor: impl Executor<'c, Database = Db>) {
                let query = sqlx::query(concat!("SELECT id FROM orders WHERE id = ", $n)).bind(1);
                query.map(|row: <Db as sqlx::Database>::Row| row.get::<i32, _>(0)).fetch_all(executor).await.unwrap();
            }
            let cached = |connection: &<Db as sqlx::Database>::Connection| {
                sqlx::Connection::cached_statements_size(connection)
            };
            let mut plain = raw.acquire().await.unwrap();
            run(&mut *plain, true).await;
            run_map(&mut *plain).await;
            run(&mut *plain, false).await;
            let expected = cached(&plain);
            plain.close().await.unwrap();

            let _telemetry = capture();
            let pool = Pool::from(raw);
            let mut traced = pool.acquire().await.unwrap();
            run(&mut *traced, true).await;
            run_map(&mut *traced).await;
            run(&mut *traced, false).await;
            assert_eq!(cached(traced.inner()), expected);
        }

        pub(crate) async fn arguments_that_cannot_be_encoded_fail_as_ever(raw: sqlx::Pool<Db>) {
            struct Odd;
            impl sqlx::Type<Db> for Odd {
                fn type_info() -> <Db as sqlx::Database>::TypeInfo {
                    <i32 as sqlx::Type<Db>>::type_info()
                }
            }
            impl<'q> sqlx::Encode<'q, Db> for Odd {
                fn encode_by_ref(
                    &self,
                    _: &mut <Db as sqlx::Database>::ArgumentBuffer,
                ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                    Err("s3cr3t".into())
                }
            }
            let telemetry = capture();
            let pool = Pool::from(raw);
            let failed = sqlx::query(BY_ID).bind(Odd).fetch_all(&pool).await;
            assert!(matches!(failed, Err(Error::Encode(_))));
            let span = only(&telemetry);
            assert_eq!(text(&span, "error.type").unwrap(), "encode");
            assert!(!format!("{span:?}").contains("s3cr3t"));
        }

        pub(crate) async fn the_text_is_left_out_or_kept_by_configuration(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let sql = "SELECT id FROM orders WHERE name = 'known'";
            let off = Pool::with_config(raw.clone(), Config::new().with_query_text(QueryText::Off));
            sqlx::query(sql).fetch_all(&off).await.unwrap();
            assert!(only(&telemetry).get("db.query.text").is_none());
            let kept = Pool::with_config(raw, Config::new().with_query_text(QueryText::Raw));
            sqlx::query(sql).fetch_all(&kept).await.unwrap();
            let spans = telemetry.spans();
            assert!(spans.iter().any(|span| text(span, "db.query.text").as_deref() == Some(sql)));
        }

        pub(crate) async fn parameters_are_recorded_only_where_they_are_given(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            let one = || sqlx::query(BY_ID).bind(1);
            one().fetch_one(pool.with_parameters([1])).await.unwrap();
            one().fetch_all(pool.with_parameters(["one"])).await.unwrap();
            let mut connection = pool.acquire().await.unwrap();
            one().fetch_optional(connection.with_parameters([1])).await.unwrap();
            one().execute(connection.with_parameters([1])).await.unwrap();
            one().execute(&mut *connection).await.unwrap();
            let spans = telemetry.spans().into_iter().filter(|span| span.name == "SELECT orders");
            let values: Vec<_> = spans.map(|span| text(&span, "db.query.parameter.0")).collect();
            let values: Vec<_> = values.iter().map(Option::as_deref).collect();
            assert_eq!(values, [Some("1"), Some("one"), Some("1"), Some("1"), None]);
        }

        pub(crate) async fn a_comment_names_the_trace_if_asked_for(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::with_config(raw, Config::new().with_comments(Comments::TraceParent));
            let mut connection = pool.acquire().await.unwrap();
            for _ in 0..3 {
                sqlx::query(BY_ID).bind(1).fetch_one(&mut *connection).await.unwrap();
                sqlx::query(BY_ID).bind(1).fetch_all(&mut *connection).await.unwrap();
            }
            sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
            assert_eq!(names(&telemetry).len(), 7);
            let cached = sqlx::Connection::cached_statements_size(connection.inner());
            assert_eq!(cached, 0);
            if $dialect == "postgres" {
                let sql = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()";
                let sent: String = sqlx::query_scalar(sql).fetch_one(&mut *connection).await.unwrap();
                let span = telemetry.span("SELECT pg_stat_activity");
                let comment = format!(
                    "{sql} /*traceparent='00-{}-{}-01'*/", span.trace_id, span.span_id,
                );
                assert_eq!(sent, comment);
                assert_eq!(text(&span, "db.query.text").unwrap(), sql);
            }
        }

        pub(crate) async fn migrations_run_on_a_traced_pool(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let pool = Pool::from(raw);
            sqlx::migrate!("tests/migrations").run(&pool).await.unwrap();
            sqlx::query("SELECT id, note FROM migrated").fetch_all(&pool).await.unwrap();
            let mut connection = pool.acquire().await.unwrap();
            sqlx::migrate!("tests/migrations").run(&mut *connection).await.unwrap();
            assert_eq!(names(&telemetry), ["use connection", "SELECT migrated", "use connection"]);
            drop(connection);
            assert_eq!(telemetry.metric("db.client.connection.use_time").count(), 3);
        }

        pub(crate) async fn the_pool_is_measured(raw: sqlx::Pool<Db>) {
            // The fixture's connection is on its way back.
            while raw.num_idle() == 0 {
                tokio::task::yield_now().await;
            }
            let telemetry = capture();
            let pool = Pool::with_config(raw.clone(), Config::new().with_pool_name("orders"));
            let held = [
                pool.acquire().await.unwrap(),
                pool.acquire().await.unwrap(),
                pool.acquire().await.unwrap(),
            ];
            let counts = telemetry.metric("db.client.connection.count");
            assert_eq!(counts.kind, MetricKind::UpDownCounter);
            for point in &counts.points {
                assert_eq!(point.attributes.get("db.client.connection.pool.name"), Some("orders".into()));
            }
            let [idle, used] = states(&telemetry);
            assert_eq!((used, used + idle), (3.0, f64::from(raw.size())));
            let single = |name: &str| telemetry.metric(name).total();
            assert_eq!(single("db.client.connection.max"), 10.0);
            assert_eq!(single("db.client.connection.idle.max"), 10.0);
            assert_eq!(single("db.client.connection.idle.min"), 0.0);
            assert_eq!(single("db.client.connection.pending_requests"), 0.0);
            assert_eq!(telemetry.metric("db.client.connection.wait_time").count(), 3);
            // One was there.
            let created = telemetry.metric("db.client.connection.create_time");
            assert_eq!(created.count(), 2);
            drop(held);
            assert_eq!(telemetry.metric("db.client.connection.use_time").count(), 3);
            sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
            assert_eq!(telemetry.metric("db.client.connection.wait_time").count(), 4);
            assert_eq!(telemetry.metric("db.client.connection.use_time").count(), 4);
            assert_eq!(telemetry.metric("db.client.connection.use_time").unit, "s");
        }

        pub(crate) async fn those_who_wait_for_a_connection_are_seen(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let options = PoolOptions::new()
                .max_connections(1)
                .acquire_timeout(Duration::from_millis(500));
            let raw: sqlx::Pool<Db> = options.connect_lazy_with(raw.connect_options().as_ref().clone());
            let pool = Pool::from(raw);
            let held = pool.acquire().await.unwrap();
            let pending = || telemetry.metric("db.client.connection.pending_requests").total();
            {
                let mut waiting = [
                    Box::pin(sqlx::query(BY_ID).bind(1).fetch_all(&pool).map(drop)) as futures_util::future::BoxFuture<'_, ()>,
                    Box::pin(pool.begin().map(drop)),
                    Box::pin(pool.acquire().map(drop)),
                ];
                for future in &mut waiting {
                    assert!(future.now_or_never().is_none());
                }
                assert_eq!(pending(), 3.0);
            }
            assert_eq!(pending(), 0.0);

            let failed = sqlx::query(BY_ID).bind(1).fetch_one(&pool).await;
            assert!(matches!(failed, Err(Error::PoolTimedOut)));
            assert!(matches!(pool.begin().await, Err(Error::PoolTimedOut)));
            assert!(matches!(pool.acquire().await, Err(Error::PoolTimedOut)));
            assert_eq!(telemetry.metric("db.client.connection.timeouts").total(), 3.0);
            let spans = telemetry.spans();
            let timed_out = |name: &str| {
                let spans = spans.iter().filter(|span| span.name == name);
                let spans = spans.filter(|span| text(span, "error.type").as_deref() == Some("pool_timed_out"));
                spans.filter(|span| span.status == Status::error("")).count()
            };
            assert_eq!(timed_out("SELECT orders"), 1);
            assert_eq!(timed_out("BEGIN"), 1);
            assert_eq!(timed_out("acquire connection"), 3);

            let query = sqlx::query(BY_ID).bind(1).fetch_one(&pool);
            let release = async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                drop(held);
            };
            let (row, ()) = tokio::join!(query, release);
            row.unwrap();
            let spans = telemetry.spans();
            let wait = spans.iter().rfind(|span| span.name == "acquire connection").unwrap();
            assert_eq!(wait.parent.as_deref(), Some("SELECT orders"));
            assert!(wait.elapsed() > Duration::from_millis(10));
            assert!(wait.get("error.type").is_none());
        }

        pub(crate) async fn a_pool_closes_when_its_last_user_is_gone(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let options = raw.connect_options().as_ref().clone();
            let raw: sqlx::Pool<Db> = PoolOptions::new().connect_lazy_with(options);
            let mut closed = raw.close_event();
            let pool = Pool::from(raw);
            sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
            assert!((&mut closed).now_or_never().is_none());
            drop(pool);
            tokio::time::timeout(Duration::from_secs(10), closed).await.unwrap();
            let count = telemetry.metrics().into_iter().find(|metric| metric.name == "db.client.connection.count");
            assert!(count.is_none_or(|metric| metric.points.is_empty()));
        }

        pub(crate) async fn nothing_is_recorded_while_telemetry_is_off_or_suppressed(raw: sqlx::Pool<Db>) {
            async fn use_it(pool: &Pool<Db>) {
                sqlx::query(BY_ID).bind(1).fetch_one(pool).await.unwrap();
                sqlx::query(BY_ID).bind(1).fetch_all(pool).await.unwrap();
                sqlx::query(BY_ID).bind(1).execute(pool).await.unwrap();
                let mut transaction = pool.begin().await.unwrap();
                sqlx::query(BY_ID).bind(1).fetch_one(&mut *transaction).await.unwrap();
                sqlx::query(BY_ID).bind(1).fetch_all(&mut *transaction).await.unwrap();
                transaction.commit().await.unwrap();
                drop(pool.begin().await.unwrap());
            }
            use_it(&Pool::from(raw.clone())).await;
            let telemetry = capture();
            let pool = Pool::from(raw);
            let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
            use_it(&pool).await;
            assert_eq!(telemetry.spans().len(), 0);
            let duration = telemetry.metrics().into_iter().find(|metric| metric.name == "db.client.operation.duration");
            assert!(duration.is_none_or(|duration| duration.count() == 0));
        }

        pub(crate) async fn the_text_that_is_sent_is_the_text_that_was_given(raw: sqlx::Pool<Db>) {
            let _telemetry = capture();
            let pool = Pool::from(raw);
            // Longer than what is kept of it, with comments and literals.
            let padding = "/* kept */ ".repeat(3000);
            let sql = format!("SELECT {padding} id FROM orders WHERE name = 'first' AND id = {}", $n);
            let id: i32 = sqlx::query_scalar(AssertSqlSafe(sql)).bind(1).fetch_one(&pool).await.unwrap();
            assert_eq!(id, 1);
        }

        pub(crate) async fn metrics_agree_with_the_pool_under_load(raw: sqlx::Pool<Db>) {
            const SLOW: &str = match $dialect.as_bytes() {
                b"postgres" => "SELECT pg_sleep(0.05)",
                b"mysql" => "SELECT sleep(0.05)",
                _ => "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 30000) SELECT max(n) FROM c",
            };
            async fn work(pool: &Pool<Db>, kind: usize) -> Result<(), Error> {
                match kind {
                    0 => drop(sqlx::query(SLOW).fetch_one(pool).await?),
                    1 => drop(sqlx::query(BY_ID).bind(1).fetch_one(pool).await?),
                    2 => {
                        let mut transaction = pool.begin().await?;
                        sqlx::query(BY_ID).bind(1).fetch_one(&mut *transaction).await?;
                    }
                    3 => {
                        let query = sqlx::query(BY_ID).bind(1).fetch_all(pool);
                        if let Ok(result) = tokio::time::timeout(Duration::from_micros(200), query).await {
                            result?;
                        }
                    }
                    _ => drop(sqlx::query("SELECT id FROM orders").fetch(pool).try_next().await?),
                }
                Ok(())
            }

            let telemetry = capture();
            let options = PoolOptions::new().max_connections(10).acquire_timeout(Duration::from_millis(40));
            let raw: sqlx::Pool<Db> = options.connect_lazy_with(raw.connect_options().as_ref().clone());
            let pool = Pool::from(raw.clone());
            let mut users = tokio::task::JoinSet::new();
            for user in 0..50 {
                let pool = pool.clone();
                let rounds = async move {
                    let mut timeouts = 0;
                    for round in 0..20 {
                        match work(&pool, (user + round) % 5).await {
                            Err(Error::PoolTimedOut) => timeouts += 1,
                            result => result.unwrap(),
                        }
                    }
                    timeouts
                };
                users.spawn(telemetry.scope(rounds));
            }
            // Nothing else runs while this looks: the tests' runtime has one thread.
            let agree = || {
                let states = states(&telemetry);
                assert_eq!(states, [raw.num_idle() as f64, f64::from(raw.size()) - raw.num_idle() as f64]);
                assert!(raw.size() <= 10);
                let pending = telemetry.metric("db.client.connection.pending_requests").total();
                assert!((0.0..=50.0).contains(&pending), "{pending}");
                pending
            };
            let mut most = 0.0_f64;
            let mut timeouts = 0;
            tokio::task::yield_now().await;
            while !users.is_empty() {
                most = most.max(agree());
                tokio::time::sleep(Duration::from_millis(2)).await;
                while let Some(ended) = users.try_join_next() {
                    timeouts += ended.unwrap();
                }
            }
            assert!(most >= 30.0, "fifty users on ten connections: {most}");

            // All of them, and those who wait in vain.
            let mut held = Vec::new();
            while held.len() < 10 {
                match pool.acquire().await {
                    Err(Error::PoolTimedOut) => timeouts += 1,
                    connection => held.push(connection.unwrap()),
                }
            }
            let mut waiting: Vec<_> = (0..7).map(|_| Box::pin(pool.acquire())).collect();
            for future in &mut waiting {
                assert!(future.now_or_never().is_none());
            }
            assert_eq!((agree(), states(&telemetry)), (7.0, [0.0, 10.0]));
            for future in waiting {
                assert!(matches!(future.await, Err(Error::PoolTimedOut)));
            }
            drop(held);

            // Connections return by tasks of their own.
            while raw.num_idle() < raw.size() as usize {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(agree(), 0.0);
            let count = |name: &str| telemetry.metric(name).count();
            let total = telemetry.metric("db.client.connection.timeouts").total();
            assert_eq!(total, f64::from(timeouts + 7));
            assert_eq!(count("db.client.connection.use_time"), count("db.client.connection.wait_time"));
            assert!(count("db.client.connection.create_time") >= 10);
            let statements = telemetry.spans().iter().filter(|span| span.name != "acquire connection").count();
            assert_eq!(count("db.client.operation.duration"), statements as u64);
        }

        /// How many connections are idle, and in use.
        fn states(telemetry: &Telemetry) -> [f64; 2] {
            let counts = telemetry.metric("db.client.connection.count");
            ["idle", "used"].map(|state| {
                let mut points = counts.points.iter();
                let point = points.find(|point| {
                    let found = point.attributes.get("db.client.connection.state");
                    found.is_some_and(|found| found.as_str() == state)
                });
                point.unwrap().value
            })
        }

        pub(crate) async fn what_the_caller_does_not_sample_is_only_counted(raw: sqlx::Pool<Db>) {
            let telemetry = capture();
            let providers = telemetry.providers().clone().with_parent_based_sampling();
            let cx = providers.capture_in(telemetry.context());
            let unsampled = opentelemetry::trace::SpanContext::new(
                1_u128.into(),
                2_u64.into(),
                opentelemetry::TraceFlags::default(),
                true,
                opentelemetry::trace::TraceState::default(),
            );
            let _attached = cx.with_remote_span_context(unsampled).attach();
            let pool = Pool::with_config(raw, Config::new().with_comments(Comments::TraceParent));
            sqlx::query(BY_ID).bind(1).fetch_one(&pool).await.unwrap();
            sqlx::query(BY_ID).bind(1).fetch_all(&pool).await.unwrap();
            sqlx::query(DUPLICATE).execute(&pool).await.unwrap_err();
            let mut transaction = pool.begin().await.unwrap();
            sqlx::query(BY_ID).bind(1).fetch_all(&mut *transaction).await.unwrap();
            Acquire::acquire(&mut transaction).await.unwrap();
            transaction.commit().await.unwrap();
            assert_eq!(telemetry.spans().len(), 0);
            assert_eq!(telemetry.metric("db.client.operation.duration").count(), 6);
            assert_eq!(telemetry.metric("db.client.response.returned_rows").total(), 3.0);
            assert_eq!(telemetry.metric("db.client.connection.use_time").count(), 4);
        }
    };
}

/// All tests of a suite, by `$each!(name)`.
macro_rules! each {
    ($each:ident) => {
        $each!(each_way_to_run_a_statement_makes_one_span);
        $each!(connections_and_transactions_are_used_as_ever);
        $each!(a_span_says_what_was_asked_and_not_with_which_values);
        $each!(a_statement_is_a_child_of_what_is_current);
        $each!(an_error_is_named_by_its_code_and_not_quoted);
        $each!(no_row_is_no_error);
        $each!(rows_are_counted_where_they_are_wanted);
        $each!(a_stream_that_is_not_read_to_its_end_ends_its_span);
        $each!(what_is_never_polled_leaves_no_span);
        $each!(a_cancelled_statement_ends_its_span);
        $each!(transactions_are_seen_from_begin_to_end);
        $each!(a_transaction_of_its_own_kind_begins_as_it_is_told);
        $each!(several_statements_at_once_are_one_batch);
        $each!(a_prepared_statement_is_read_where_it_is);
        $each!(telemetry_changes_nothing_for_the_prepared_statements);
        $each!(arguments_that_cannot_be_encoded_fail_as_ever);
        $each!(the_text_is_left_out_or_kept_by_configuration);
        $each!(parameters_are_recorded_only_where_they_are_given);
        $each!(a_comment_names_the_trace_if_asked_for);
        $each!(migrations_run_on_a_traced_pool);
        $each!(the_pool_is_measured);
        $each!(those_who_wait_for_a_connection_are_seen);
        $each!(a_pool_closes_when_its_last_user_is_gone);
        $each!(nothing_is_recorded_while_telemetry_is_off_or_suppressed);
        $each!(the_text_that_is_sent_is_the_text_that_was_given);
        $each!(metrics_agree_with_the_pool_under_load);
        $each!(what_the_caller_does_not_sample_is_only_counted);
    };
}
