use proptest::prelude::*;

use super::{
    Dialect::{self, MySql, Postgres, Sqlite},
    Digest, MAX_TEXT,
};

fn text(dialect: Dialect, sql: &str) -> String {
    Digest::of(sql, dialect).text
}

fn summary(sql: &str) -> String {
    Digest::of(sql, Postgres).summary
}

#[test]
fn a_text_without_literals_passes_unchanged() {
    for sql in [
        "SELECT id, t1.name FROM t1 WHERE id = $1 AND \"odd 'name'\" = $2 LIMIT $3",
        "  select *\n\tfrom a.b\n  ",
        "SELECT a::text, b->>c, d #> e, f ? g FROM h WHERE i = ANY($1) AND j IN ($1, $2)",
        "",
        "SELECT été FROM köln",
    ] {
        assert_eq!(text(Postgres, sql), sql);
    }
    let sql = "SELECT `1a`, @v, @@w FROM `t` WHERE a = ? AND 5a_b$c IS NULL".replace("5a", "a5");
    assert_eq!(text(MySql, &sql), sql);
    let sql = "SELECT [it's], `b` FROM t WHERE a = ?1 AND b = :b AND c = @c AND d = $d";
    assert_eq!(text(Sqlite, sql), sql);
}

#[test]
fn literals_of_every_dialect_are_masked() {
    for (sql, masked) in [
        ("SELECT 'it''s', 'a'", "SELECT ?, ?"),
        (
            "SELECT 1, -2.5, .5, 1e10, 1.5E-3, 0xff, 1_000, 5.",
            "SELECT ?, -?, ?, ?, ?, ?, ?, ?",
        ),
        ("SELECT true, FALSE, NULL", "SELECT ?, ?, NULL"),
        ("SELECT N'x', x'1f', B'01'", "SELECT ?, ?, ?"),
        (
            "SELECT DATE '2020-01-01', INTERVAL '1 day'",
            "SELECT DATE ?, INTERVAL ?",
        ),
        ("SELECT date'2020-01-01'", "SELECT date ?"),
        ("SELECT CAST('1' AS int)", "SELECT CAST(? AS int)"),
        ("SELECT a--comment\nFROM b", "SELECT a--comment\nFROM b"),
        ("SELECT a -- it's\nFROM b", "SELECT a \nFROM b"),
        ("SELECT/* it's */a FROM/**/ b", "SELECT a FROM b"),
        ("SELECT 'unclosed FROM b", "SELECT ?"),
        (
            "SELECT a FROM b LIMIT 10 OFFSET 20",
            "SELECT a FROM b LIMIT ? OFFSET ?",
        ),
    ] {
        for dialect in [Postgres, MySql, Sqlite] {
            let masked = match dialect {
                MySql => masked.to_owned(),
                _ => masked.replace("a--comment\n", "a\n"),
            };
            assert_eq!(text(dialect, sql), masked, "{dialect:?}");
        }
    }
}

#[test]
fn literals_of_postgres_are_masked() {
    for (sql, masked) in [
        (r"SELECT E'it\'s', a", "SELECT ?, a"),
        (r"SELECT 'ends in \', a", "SELECT ?, a"),
        ("SELECT $$it's$$, $a$ $$ $b$ $a$, $1", "SELECT ?, ?, $1"),
        ("SELECT U&'d\\0061t' UESCAPE '!'", "SELECT ? UESCAPE ?"),
        (
            "SELECT '1'::int, a::numeric(10, 2)",
            "SELECT ?::int, a::numeric(?, ?)",
        ),
        ("SELECT a /* x /* y */ 'z' */ FROM b", "SELECT a  FROM b"),
        ("SELECT ARRAY[1, 2], a[3]", "SELECT ARRAY[?, ?], a[?]"),
        (
            "SELECT \"a\"\"1\" FROM \"b\"",
            "SELECT \"a\"\"1\" FROM \"b\"",
        ),
        ("SELECT foo$bar$baz", "SELECT foo$bar$baz"),
        ("SELECT \"unclosed 'x'", "SELECT ?"),
    ] {
        assert_eq!(text(Postgres, sql), masked);
    }
}

#[test]
fn literals_of_mysql_are_masked() {
    for (sql, masked) in [
        (r"SELECT 'it\'s', a", "SELECT ?, a"),
        (r#"SELECT "it's", "a""b", c"#, "SELECT ?, ?, c"),
        (
            "SELECT _utf8mb4'x' COLLATE y",
            "SELECT _utf8mb4 ? COLLATE y",
        ),
        ("SELECT a # it's\nFROM b", "SELECT a \nFROM b"),
        ("SELECT 5--1", "SELECT ?--?"),
        ("SELECT a /*!40101 , 'x' */ FROM b", "SELECT a ?"),
        ("SELECT @'v', `it's`", "SELECT @?, `it's`"),
    ] {
        assert_eq!(text(MySql, sql), masked);
    }
}

#[test]
fn double_quotes_of_sqlite_are_names_only_where_a_name_must_stand() {
    for (sql, masked) in [
        (
            r#"SELECT "s"."a", "b" FROM "t" AS "u" JOIN "v" WHERE "c" = "secret""#,
            r#"SELECT "s"."a", ? FROM "t" AS "u" JOIN "v" WHERE ? = ?"#,
        ),
        (
            r#"INSERT INTO "t" ("a", "b") VALUES ("secret", ?)"#,
            r#"INSERT INTO "t" ("a", "b") VALUES (?, ?)"#,
        ),
        (
            r#"CREATE TABLE IF NOT EXISTS "t" (a)"#,
            r#"CREATE TABLE IF NOT EXISTS "t" (a)"#,
        ),
        (
            r#"SELECT a IS DISTINCT FROM "secret""#,
            "SELECT a IS DISTINCT FROM ?",
        ),
    ] {
        assert_eq!(text(Sqlite, sql), masked);
    }
}

#[test]
fn lists_of_values_become_one() {
    for (sql, masked) in [
        ("a IN (1, 2, -3)", "a IN (?)"),
        ("a NOT IN ( 'x' , 'y' ) AND b = 1", "a NOT IN (?) AND b = ?"),
        ("(a, b) IN ((1, 2), (3, 4))", "(a, b) IN (?)"),
        ("a IN (1)", "a IN (?)"),
        ("a IN (SELECT 1)", "a IN (SELECT ?)"),
        ("a IN (1, b)", "a IN (?, b)"),
        ("a IN ($1, $2)", "a IN ($1, $2)"),
        ("VALUES (1, 2), (3, 4)", "VALUES (?, ?), (?, ?)"),
    ] {
        assert_eq!(text(Postgres, sql), masked);
    }
    assert_eq!(text(MySql, "a IN (?, ?, ?)"), "a IN (?)");
    assert_eq!(text(Sqlite, "a IN (?1, ?2)"), "a IN (?1, ?2)");
}

#[test]
fn where_a_setting_decides_both_readings_are_masked() {
    // Which of the two is the string depends on the server.
    let sql = r"SELECT 'a\', secret, \' b', public";
    for dialect in [Postgres, MySql, Sqlite] {
        assert!(!text(dialect, sql).contains("secret"), "{dialect:?}");
    }
    // A text that only one setting allows is read by that one.
    assert_eq!(text(Postgres, r"SELECT 'it\'s secret', a"), "SELECT ?, a");
    assert_eq!(text(MySql, r"SELECT 'a\', 'secret', b"), "SELECT ?, ?, b");
}

#[test]
fn a_long_text_is_cut_at_a_character_boundary() {
    let sql = format!("SELECT {}", "é, ".repeat(MAX_TEXT));
    let cut = text(Postgres, &sql);
    assert!(cut.len() <= MAX_TEXT && cut.len() > MAX_TEXT - 4);
    assert!(sql.starts_with(&cut));
    let endless = format!("SELECT '{}", "x".repeat(1 << 20));
    assert_eq!(text(Postgres, &endless), "SELECT ?");
}

#[test]
fn summaries_name_verbs_and_targets() {
    for (sql, expected) in [
        ("SELECT 1", "SELECT"),
        ("select * from orders", "select orders"),
        (
            "SELECT * FROM orders o, customers AS c WHERE o.id = c.id",
            "SELECT orders customers",
        ),
        (
            "SELECT * FROM orders JOIN customers ON a = b LEFT JOIN c USING (d)",
            "SELECT orders customers c",
        ),
        (
            "SELECT * FROM (SELECT id FROM orders) o, customers",
            "SELECT SELECT orders customers",
        ),
        (
            "SELECT a, (SELECT max(b) FROM c) FROM d",
            "SELECT SELECT c d",
        ),
        (
            "INSERT INTO shipping SELECT * FROM orders",
            "INSERT shipping SELECT orders",
        ),
        (
            "INSERT INTO a.b (c) VALUES ($1) ON CONFLICT (c) DO UPDATE SET d = 1",
            "INSERT a.b",
        ),
        (
            "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 1",
            "INSERT t",
        ),
        (
            "UPDATE ONLY orders SET a = b FROM customers WHERE c",
            "UPDATE orders customers",
        ),
        (
            "DELETE FROM orders USING customers WHERE a",
            "DELETE orders customers",
        ),
        (
            "WITH a AS (SELECT * FROM b), c AS (DELETE FROM d RETURNING *) SELECT * FROM a",
            "SELECT b DELETE d SELECT a",
        ),
        (
            "MERGE INTO a USING b ON c WHEN MATCHED THEN UPDATE SET d = 1 WHEN NOT MATCHED THEN INSERT (e) VALUES (1)",
            "MERGE a b",
        ),
        (
            "SELECT * FROM \"public\".\"orders\" FOR UPDATE",
            "SELECT public.orders",
        ),
        ("SELECT * FROM \"my orders\"", "SELECT \"my orders\""),
        (
            "SELECT extract(year FROM born), a IS DISTINCT FROM b FROM people",
            "SELECT people",
        ),
        ("SELECT a FROM b UNION SELECT c FROM d", "SELECT b SELECT d"),
        (
            "(SELECT a FROM b) UNION ALL (SELECT c FROM d)",
            "SELECT b SELECT d",
        ),
        (
            "SELECT * FROM generate_series(1, 10) AS g, t",
            "SELECT generate_series t",
        ),
        ("SELECT a FROM b ORDER BY c, d", "SELECT b"),
        ("SELECT * FROM user", "SELECT user"),
        (
            "CREATE TABLE IF NOT EXISTS orders (id int REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE)",
            "CREATE TABLE orders",
        ),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY i ON orders (a)",
            "CREATE INDEX i",
        ),
        (
            "CREATE OR REPLACE VIEW v AS SELECT * FROM t",
            "CREATE VIEW v SELECT t",
        ),
        (
            "CREATE FUNCTION f() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql",
            "CREATE FUNCTION f",
        ),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END",
            "CREATE TRIGGER t",
        ),
        ("ALTER TABLE orders ADD COLUMN a int", "ALTER TABLE orders"),
        ("DROP TABLE IF EXISTS orders", "DROP TABLE orders"),
        ("TRUNCATE orders", "TRUNCATE orders"),
        ("TRUNCATE TABLE orders", "TRUNCATE TABLE orders"),
        ("CALL settle(1, 2)", "CALL settle"),
        ("COPY orders (a) FROM STDIN", "COPY orders"),
        (
            "COPY (SELECT * FROM orders) TO STDOUT",
            "COPY SELECT orders",
        ),
        (
            "EXPLAIN ANALYZE SELECT * FROM a",
            "EXPLAIN ANALYZE SELECT a",
        ),
        ("EXPLAIN QUERY PLAN SELECT * FROM a", "EXPLAIN SELECT a"),
        ("PRAGMA table_info(a)", "PRAGMA table_info"),
        ("BEGIN", "BEGIN"),
        (
            "START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "START TRANSACTION",
        ),
        (
            "ROLLBACK TO SAVEPOINT _sqlx_savepoint_1",
            "ROLLBACK TO SAVEPOINT",
        ),
        ("RELEASE SAVEPOINT _sqlx_savepoint_1", "RELEASE SAVEPOINT"),
        ("SAVEPOINT _sqlx_savepoint_1", "SAVEPOINT"),
        ("SET search_path TO a", "SET"),
        ("hunter2 is no verb", ""),
        ("", ""),
        ("-- only a comment", ""),
        ("/* name */ SELECT a FROM b", "SELECT b"),
    ] {
        assert_eq!(summary(sql), expected, "{sql}");
    }
}

#[test]
fn several_statements_are_a_batch() {
    let batch = |sql| {
        let digest = Digest::of(sql, Postgres);
        (digest.summary, digest.statements)
    };
    let inserts = "INSERT INTO a VALUES (1); INSERT INTO a VALUES (2);";
    assert_eq!(batch(inserts), ("BATCH INSERT a".to_owned(), 2));
    let mixed = "CREATE TABLE a (b int); INSERT INTO a VALUES (1)";
    assert_eq!(batch(mixed), ("CREATE TABLE a INSERT a".to_owned(), 2));
    assert_eq!(batch("SELECT 1;"), ("SELECT".to_owned(), 1));
    assert_eq!(batch(" ; "), (String::new(), 0));
}

#[test]
fn a_summary_is_cut_at_a_word() {
    let tables: Vec<_> = (0..100).map(|n| format!("table_{n}")).collect();
    let summary = summary(&format!("SELECT * FROM {}", tables.join(", ")));
    assert!(summary.len() <= 255 && summary.len() > 240);
    let last = summary.rsplit(' ').next().unwrap().to_owned();
    assert!(tables.contains(&last), "{last}");
}

const SECRET: &str = "s3cr3t";

fn literal(dialect: Dialect) -> impl Strategy<Value = String> {
    let common = vec![
        format!("'{SECRET}'"),
        format!("'it''s {SECRET}'"),
        format!("'-- {SECRET}'"),
        format!("'/* {SECRET}'"),
        format!("'{SECRET} */'"),
        format!("'\n{SECRET}\"`$$'"),
        format!("N'{SECRET}'"),
        format!("X'00' /* {SECRET} */"),
        format!("'\\\\{SECRET}'"),
    ];
    let own = match dialect {
        Postgres => vec![
            format!("E'it\\'s {SECRET}'"),
            format!("$${SECRET}$$"),
            format!("$a$it's {SECRET} $b$ $$ $a$"),
            format!("U&'{SECRET}'"),
            format!("'{SECRET}'::text"),
            format!("1 /* /* {SECRET} */ {SECRET} */"),
        ],
        MySql => vec![
            format!("\"{SECRET}\""),
            format!("'it\\'s {SECRET}'"),
            format!("\"it's \\\" {SECRET}\""),
            format!("_utf8'{SECRET}'"),
            format!("1 # {SECRET}\n"),
        ],
        Sqlite => vec![format!("\"{SECRET}\""), format!("\"it's {SECRET}\"")],
    };
    proptest::sample::select([common, own].concat())
}

fn statement(dialect: Dialect) -> impl Strategy<Value = String> {
    let shapes = proptest::sample::select(vec![
        "SELECT a FROM t WHERE b = {}",
        "SELECT {}, a FROM t",
        "INSERT INTO t (a, b) VALUES ({}, {})",
        "INSERT INTO t VALUES ({}),({})",
        "UPDATE t SET a = {}, b=b+1 WHERE c IN ({}, {})",
        "DELETE FROM t WHERE a LIKE {} -- why",
        "SELECT f({}, $1), g FROM t JOIN u ON v = {}",
        "CALL p({})",
        "SELECT CASE WHEN a THEN {} ELSE {} END",
        "WITH x AS (SELECT {} AS y) SELECT y FROM x;",
        "SELECT a||{}||b",
        "SELECT 1.5e3,{},2",
    ]);
    (shapes, proptest::collection::vec(literal(dialect), 3)).prop_map(|(shape, literals)| {
        literals.iter().fold(shape.to_owned(), |sql, literal| {
            sql.replacen("{}", literal, 1)
        })
    })
}

fn dialect() -> impl Strategy<Value = Dialect> {
    proptest::sample::select(vec![Postgres, MySql, Sqlite])
}

proptest! {
    #[test]
    fn no_literal_survives(
        (dialect, sql) in dialect().prop_flat_map(|dialect| {
            let statements = proptest::collection::vec(statement(dialect), 1..4);
            (Just(dialect), statements.prop_map(|all| all.join(";\n")))
        }),
    ) {
        let digest = Digest::of(&sql, dialect);
        prop_assert!(!digest.text.contains("s3cr3t"), "{sql} -> {}", digest.text);
        prop_assert!(!digest.summary.contains("s3cr3t"), "{sql} -> {}", digest.summary);
    }

    #[test]
    fn any_text_is_read_within_the_bounds(dialect in dialect(), sql in ".*") {
        let digest = Digest::of(&sql, dialect);
        prop_assert!(digest.text.len() <= MAX_TEXT && digest.summary.len() <= 255);
    }

    #[test]
    fn any_soup_of_sql_is_read_within_the_bounds(
        dialect in dialect(),
        words in proptest::collection::vec(
            "(SELECT|FROM|INTO|IN|UPDATE|WITH|CREATE|TABLE|EXPLAIN|'|\"|`|\\[|\\]|\\(|\\)|;|,|\\.|\\$|\\$a\\$|\\$1|E'|\\\\|--|/\\*|\\*/|#|\n| |x|é|1|1e|0x|:|@|\\?)", 0..60,
        ),
    ) {
        let sql = words.concat();
        let digest = Digest::of(&sql, dialect);
        prop_assert!(digest.text.len() <= MAX_TEXT && digest.summary.len() <= 255);
    }
}
