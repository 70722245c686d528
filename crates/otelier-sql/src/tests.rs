use proptest::prelude::*;

use super::{
    Dialect::{self, MySql, Postgres, Sqlite},
    Digest, MAX_TEXT,
    dialect::Escapes,
    lexer::{Kind, Lexer},
};

fn text(dialect: Dialect, sql: &str) -> String {
    Digest::of(sql, dialect).text().to_owned()
}

fn summary(sql: &str) -> String {
    Digest::of(sql, Postgres).summary().to_owned()
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
        (
            "SELECT TIMESTAMP '2020-01-01 00:00', INTERVAL 3 DAY, INTERVAL '1' YEAR",
            "SELECT TIMESTAMP ?, INTERVAL ? DAY, INTERVAL ? YEAR",
        ),
        ("SELECT CAST('1' AS int)", "SELECT CAST(? AS int)"),
        (
            "INSERT INTO a VALUES (1, 'b', NULL, TRUE), (-2, X'c0', DEFAULT, 1e-5)",
            "INSERT INTO a VALUES (?, ?, NULL, ?), (-?, ?, DEFAULT, ?)",
        ),
        (
            "SELECT a FROM b WHERE c=1AND d='e'",
            "SELECT a FROM b WHERE c=? d=?",
        ),
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
        (r"SELECT E'a\\', a", "SELECT ?, a"),
        ("SELECT E'a'\n  'it\\'s', a", "SELECT ?, a"),
        ("SELECT E'a' -- it's\n  'it\\'s', a", "SELECT ?, a"),
        ("SELECT E'a' 'b', a", "SELECT ? ?, a"),
        ("SELECT a -- it's\r, 'b', c", "SELECT a \r, ?, c"),
        (
            "SELECT a->>'k', a #>> '{b,c}', a ?| ARRAY['d'], a @> '{}'::jsonb",
            "SELECT a->>?, a #>> ?, a ?| ARRAY[?], a @> ?::jsonb",
        ),
        (
            "COPY a FROM '/b' (FORMAT csv, DELIMITER ';')",
            "COPY a FROM ? (FORMAT csv, DELIMITER ?)",
        ),
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
        (r"SELECT 'a\\', b", "SELECT ?, b"),
        (r#"SELECT "it's", "a""b", c"#, "SELECT ?, ?, c"),
        (
            "SELECT _utf8mb4'x' COLLATE y",
            "SELECT _utf8mb4 ? COLLATE y",
        ),
        ("SELECT a # it's\nFROM b", "SELECT a \nFROM b"),
        ("SELECT 5--1", "SELECT ?--?"),
        ("SELECT a /*!40101 , 'x' */ FROM b", "SELECT a ?"),
        ("SELECT @'v', `it's`", "SELECT @?, `it's`"),
        ("SELECT a --\x7f it's\n, b", "SELECT a \n, b"),
        // Strings since version 9, and names in a mode of MariaDB.
        ("SELECT $a, b$c$d, $$it's$$, b", "SELECT $a, b$c$d, ?"),
        ("SELECT $a$it's$a$, b", "SELECT ?"),
        ("SELECT [it's], b", "SELECT ?"),
        ("SELECT a # b\0, 'c'", "SELECT a ?"),
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
        (r#"SELECT NOT NOT "secret""#, "SELECT NOT NOT ?"),
        (
            r#"ATTACH DATABASE "secret" AS "a""#,
            r#"ATTACH DATABASE ? AS "a""#,
        ),
        (
            r#"REPLACE INTO "a" ("b") VALUES ("secret"); VACUUM INTO "secret""#,
            r#"REPLACE INTO "a" ("b") VALUES (?); VACUUM INTO ?"#,
        ),
    ] {
        assert_eq!(text(Sqlite, sql), masked);
    }
}

#[test]
fn parameters_of_sqlite_may_hold_quotes() {
    assert_eq!(
        text(Sqlite, "SELECT $a::b(it's), :c, @d, #e, 'secret'"),
        "SELECT ?, :c, @d, #e, ?"
    );
    assert_eq!(text(Sqlite, "SELECT $a(it's 'b')"), "SELECT ? ?)");
}

#[test]
fn rows_behind_a_copy_are_values() {
    for (sql, masked, summary) in [
        (
            "COPY t (a, b) FROM stdin;\nAda\ts3cr3t it's\n\\N\t$$\n\\.\n\nSELECT a FROM t",
            "COPY t (a, b) FROM stdin;?\n\nSELECT a FROM t",
            "BATCH COPY t SELECT t",
        ),
        (
            "COPY t FROM STDIN WITH (FORMAT csv);\r\n\"Ada\",s3cr3t\r\n\\.\r\nCOPY u FROM STDIN; s3cr3t",
            "COPY t FROM STDIN WITH (FORMAT csv);?\nCOPY u FROM STDIN;?",
            "BATCH COPY t COPY u",
        ),
        ("COPY t FROM STDIN;", "COPY t FROM STDIN;?", "COPY t"),
        (
            "COPY t TO STDOUT; SELECT a FROM stdin; SELECT b",
            "COPY t TO STDOUT; SELECT a FROM stdin; SELECT b",
            "BATCH COPY t SELECT stdin SELECT",
        ),
        (
            "COPY stdin FROM PROGRAM 'x'; SELECT b",
            "COPY stdin FROM PROGRAM ?; SELECT b",
            "BATCH COPY stdin SELECT",
        ),
    ] {
        let digest = Digest::of(sql, Postgres);
        let told = (digest.text(), digest.summary());
        assert_eq!(told, (masked, summary), "{sql:?}");
        let any = Digest::of_any(sql);
        assert!(!any.text().contains("s3cr3t"), "{}", any.text());
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
        ("a IN ('x'::uuid, 'y'::uuid, 'z' :: uuid)", "a IN (?)"),
        ("a IN ('1'::varchar(2), NULL)", "a IN (?::varchar(?), NULL)"),
        (
            "a IN (('x'::text, 1), ('y'::text, 2)) OR b",
            "a IN (?) OR b",
        ),
        ("a IN ('x'::uuid)", "a IN (?::uuid)"),
        ("a IN ($1::uuid, $2::uuid)", "a IN ($1::uuid, $2::uuid)"),
        ("a IN (:b, :c)", "a IN (:b, :c)"),
        ("a IN (1, b::int, 2)", "a IN (?, b::int, ?)"),
        ("a IN (1, 2", "a IN (?"),
        ("VALUES (1, 2), (3, 4)", "VALUES (?, ?), (?, ?)"),
    ] {
        assert_eq!(text(Postgres, sql), masked);
    }
    assert_eq!(text(MySql, "a IN (?, ?, ?)"), "a IN (?)");
    assert_eq!(text(Sqlite, "a IN (?1, ?2)"), "a IN (?1, ?2)");
    // Also one that is longer than what is kept.
    let long = format!("a IN (1{}) AND b = 2", ", 3".repeat(MAX_TEXT));
    assert_eq!(text(Postgres, &long), "a IN (?) AND b = ?");
}

#[test]
fn where_a_setting_decides_what_any_takes_for_a_value_is_masked() {
    for (sql, masked) in [
        // To one, the string ends at the second quote, to the other at the third,
        (r"SELECT 'a\', secret, \' b', public", "SELECT ?, public"),
        (r"SELECT 'it\'s', 'Ada\'s', public", "SELECT ?, public"),
        // to the other, the text breaks off within a string.
        (r"SELECT 'it\'s', secret", "SELECT ?"),
        (r"SELECT 'a\', 'secret", "SELECT ?"),
        (r"SELECT 'a\', 'secret', b", "SELECT ?"),
        (r"SELECT 's\''; SELECT 'secret", "SELECT ?"),
        (
            r"SELECT a LIKE $1 ESCAPE '\', secret",
            "SELECT a LIKE $1 ESCAPE ?",
        ),
    ] {
        for dialect in [Postgres, MySql] {
            assert_eq!(text(dialect, sql), masked, "{dialect:?}");
        }
    }
    // Only by `ANSI_QUOTES` is it in a string.
    let sql = r#"SELECT "a\" 'x\' '"'\'' '"' secret '"#;
    assert_eq!(text(MySql, sql), "SELECT ?");
    // SQLite knows no such setting.
    assert_eq!(text(Sqlite, r"SELECT 'a\', b"), "SELECT ?, b");
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
        (
            "SELECT * FROM ((a JOIN b ON 1 = 1) JOIN (SELECT c FROM d) e USING (f)) JOIN g USING (h)",
            "SELECT a b SELECT d g",
        ),
        ("SELECT a INTO @b FROM c", "SELECT c"),
        ("SELECT a INTO OUTFILE 'b' FROM c", "SELECT c"),
        ("INSERT IGNORE a SET b = 1", "INSERT a"),
        ("INSERT a (b) VALUES (1)", "INSERT a"),
        ("REPLACE a SET b = 1", "REPLACE a"),
        ("REPLACE INTO a VALUES (1)", "REPLACE a"),
        ("UPDATE a, b SET c = 1, d = 2", "UPDATE a b"),
        ("DELETE a, b FROM a JOIN b WHERE c", "DELETE a b"),
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
        (
            "EXPLAIN (ANALYZE, BUFFERS) SELECT * FROM a",
            "EXPLAIN ANALYZE SELECT a",
        ),
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
fn words_are_verbs_only_where_a_verb_can_stand() {
    for (sql, expected) in [
        ("SELECT t.delete, b FROM t", "SELECT t"),
        ("SELECT t . update, t.select, t.from FROM t", "SELECT t"),
        ("SELECT delete, insert, update FROM t", "SELECT t"),
        ("SELECT a AS delete, b AS select FROM t", "SELECT t"),
        (
            "SELECT a FROM t WHERE delete = 1 ORDER BY update",
            "SELECT t",
        ),
        (
            "SELECT coalesce(delete, 0), INSERT('a', 1, 1, b) FROM t",
            "SELECT t",
        ),
        ("INSERT INTO t (delete, update) VALUES (1, 2)", "INSERT t"),
        (
            "SELECT replace(a, 'b', 'c') FROM t FOR UPDATE OF t",
            "SELECT t",
        ),
        (
            "INSERT INTO t VALUES (1) ON CONFLICT DO UPDATE SET delete = 1",
            "INSERT t",
        ),
        (
            "WITH a AS (DELETE FROM b RETURNING *) UPDATE c SET d = 1 FROM a",
            "DELETE b UPDATE c a",
        ),
        (
            "WITH a AS NOT MATERIALIZED (UPDATE b SET c = 1 FROM d) DELETE FROM e USING a",
            "UPDATE b d DELETE e a",
        ),
        (
            "WITH a AS (SELECT b FROM c) MERGE INTO d USING a ON x",
            "SELECT c MERGE d a",
        ),
        (
            "WITH a AS (SELECT b FROM c) REPLACE INTO d SELECT * FROM a",
            "SELECT c REPLACE d SELECT a",
        ),
        (
            "EXPLAIN (ANALYZE, BUFFERS) DELETE FROM t",
            "EXPLAIN ANALYZE DELETE t",
        ),
        (
            "EXPLAIN ANALYZE VERBOSE UPDATE t SET a = 1",
            "EXPLAIN ANALYZE UPDATE t",
        ),
        (
            "COPY (DELETE FROM t RETURNING a) TO STDOUT",
            "COPY DELETE t",
        ),
        (
            "CREATE TABLE a AS SELECT b AS delete FROM c",
            "CREATE TABLE a SELECT c",
        ),
        (
            "MERGE INTO x USING (SELECT b FROM y) s ON a WHEN MATCHED THEN DELETE",
            "MERGE x SELECT y",
        ),
    ] {
        assert_eq!(summary(sql), expected, "{sql}");
    }
}

#[test]
fn a_table_may_be_named_as_a_word_of_another_place() {
    for name in [
        "temp",
        "temporary",
        "alter",
        "drop",
        "merge",
        "replace",
        "set",
        "truncate",
        "rename",
        "local",
        "global",
        "quick",
        "full",
        "verbose",
        "call",
        "index",
        "event",
        "tables",
    ] {
        for (sql, expected) in [
            (format!("SELECT * FROM {name}"), format!("SELECT {name}")),
            (
                format!("SELECT * FROM a JOIN {name} ON b, {name}"),
                format!("SELECT a {name} {name}"),
            ),
            (
                format!("SELECT * FROM s.{name} {name}"),
                format!("SELECT s.{name}"),
            ),
            (
                format!("INSERT INTO {name} VALUES (1)"),
                format!("INSERT {name}"),
            ),
            (format!("UPDATE {name} SET a = 1"), format!("UPDATE {name}")),
            (format!("DELETE FROM {name}"), format!("DELETE {name}")),
            (
                format!("DROP TABLE IF EXISTS {name}"),
                format!("DROP TABLE {name}"),
            ),
        ] {
            assert_eq!(summary(&sql), expected, "{sql}");
        }
    }
}

#[test]
fn tables_are_found_wherever_a_list_or_a_join_has_them() {
    for (sql, expected) in [
        ("SELECT * FROM a STRAIGHT_JOIN b ON c", "SELECT a b"),
        (
            "SELECT STRAIGHT_JOIN a, b FROM c STRAIGHT_JOIN d",
            "SELECT c d",
        ),
        (
            "SELECT * FROM t1 LEFT JOIN (t2, t3) ON a",
            "SELECT t1 t2 t3",
        ),
        ("SELECT * FROM (t1, t2) WHERE a IN (b, c)", "SELECT t1 t2"),
        ("SELECT * FROM (VALUES (1, 2), (3, 4)) AS v, t", "SELECT t"),
        ("INSERT INTO t TABLE u", "INSERT t TABLE u"),
        ("SELECT a FROM t UNION ALL TABLE u", "SELECT t TABLE u"),
        ("SELECT a FROM (TABLE u) x", "SELECT TABLE u"),
        ("CREATE TABLE a AS TABLE b", "CREATE TABLE a TABLE b"),
        (
            "LOCK TABLES users WRITE, orders AS o READ",
            "LOCK TABLES users orders",
        ),
        ("LOCK TABLE a, b IN EXCLUSIVE MODE", "LOCK TABLE a b"),
        ("TRUNCATE a, b", "TRUNCATE a b"),
        ("DROP TABLE a, b CASCADE", "DROP TABLE a b"),
        ("VACUUM FULL VERBOSE a, b", "VACUUM a b"),
        ("SELECT * INTO TEMP t FROM u", "SELECT t u"),
        ("USE mydb", "USE mydb"),
    ] {
        assert_eq!(summary(sql), expected, "{sql}");
    }
    let sqlite = Digest::of(
        "SELECT 1 FROM \"a\", \"b\" WHERE c IN (\"d\", \"e\")",
        Sqlite,
    );
    assert_eq!(sqlite.summary(), "SELECT a b");
    assert_eq!(sqlite.text(), "SELECT ? FROM \"a\", \"b\" WHERE c IN (?)");
    let joined = Digest::of(
        "SELECT 1 FROM (\"a\" JOIN \"b\"), (\"c\", \"d\") WHERE (\"e\") IN (SELECT max(\"f\"))",
        Sqlite,
    );
    assert_eq!(joined.summary(), "SELECT a b c d SELECT");
    assert_eq!(
        joined.text(),
        "SELECT ? FROM (\"a\" JOIN \"b\"), (\"c\", \"d\") WHERE (?) IN (SELECT max(?))"
    );
    let call = Digest::of(
        "SELECT 1 FROM json_each(\"x\", \"y\") ORDER BY \"a\", \"b\"",
        Sqlite,
    );
    assert_eq!(call.text(), "SELECT ? FROM json_each(?, ?) ORDER BY ?, ?");
}

#[test]
fn a_list_of_tables_ends_where_a_comma_leads_to_something_else() {
    for (sql, expected) in [
        (
            "INSERT INTO t SELECT a FROM u, v ON DUPLICATE KEY UPDATE b = 1, c = 2",
            "INSERT t SELECT u v",
        ),
        ("SELECT a FROM t, u FOR UPDATE OF t, u", "SELECT t u"),
        (
            "SELECT a FROM t, u FOR NO KEY UPDATE OF t, u NOWAIT",
            "SELECT t u",
        ),
        (
            "SELECT a FROM t, u FOR SHARE OF t, u SKIP LOCKED",
            "SELECT t u",
        ),
        ("SELECT a FROM t, u FOR KEY SHARE OF t, u", "SELECT t u"),
        (
            "SELECT a FROM t FOR SYSTEM_TIME AS OF '2026-01-01', u",
            "SELECT t u",
        ),
        ("SELECT a FROM t AS OF SYSTEM TIME '-1s', u", "SELECT t u"),
        ("SELECT a FROM of, t", "SELECT of t"),
        ("SELECT a FROM t USE INDEX FOR JOIN (i, j), u", "SELECT t u"),
        (
            "SELECT a FROM t FORCE INDEX FOR ORDER BY (i), u",
            "SELECT t u",
        ),
        (
            "SELECT a FROM t IGNORE INDEX FOR GROUP BY (i), u",
            "SELECT t u",
        ),
    ] {
        assert_eq!(summary(sql), expected, "{sql}");
    }
}

#[test]
fn parentheses_hide_no_table_and_show_none_that_is_none() {
    for (sql, expected) in [
        ("SELECT * FROM a, (b CROSS JOIN c), d", "SELECT a b c d"),
        (
            "SELECT * FROM a, ((b JOIN c ON x) JOIN d ON y)",
            "SELECT a b c d",
        ),
        ("SELECT * FROM a JOIN ((b)) ON x", "SELECT a b"),
        ("SELECT * FROM ONLY (a), b", "SELECT a b"),
        (
            "SELECT * FROM a, LATERAL (SELECT 1 FROM b) c, d",
            "SELECT a SELECT b d",
        ),
        (
            "DELETE FROM a USING b JOIN c USING (x, y), d",
            "DELETE a b c d",
        ),
        ("SELECT a IS DISTINCT FROM (b), c FROM t", "SELECT t"),
        ("UPDATE (a, b) SET c = 1, d = 2", "UPDATE a b"),
        (
            "ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO r",
            "ALTER",
        ),
        ("ALTER SYSTEM SET event_source = 'x'", "ALTER"),
        ("VACUUM (FULL, ANALYZE) a, b", "VACUUM a b"),
        (
            "VACUUM (PARALLEL 4, VERBOSE FALSE) a (b, c), d",
            "VACUUM a d",
        ),
        ("ANALYZE (VERBOSE) a", "ANALYZE a"),
        ("REINDEX (TABLESPACE s, VERBOSE) TABLE a", "REINDEX TABLE a"),
        ("CLUSTER (VERBOSE) a USING i", "CLUSTER a"),
        (
            "COPY (WITH a AS (SELECT * FROM b) SELECT * FROM a) TO STDOUT",
            "COPY SELECT b SELECT a",
        ),
        (
            "COPY ((SELECT * FROM a) UNION (SELECT * FROM b)) TO STDOUT",
            "COPY SELECT a SELECT b",
        ),
        ("COPY (TABLE a) TO STDOUT", "COPY TABLE a"),
        ("COPY (VALUES (1, 2)) TO STDOUT", "COPY"),
        (
            "COPY (UPDATE a SET b = 1 RETURNING *) TO STDOUT",
            "COPY UPDATE a",
        ),
    ] {
        assert_eq!(summary(sql), expected, "{sql}");
    }
}

#[test]
fn only_what_is_created_has_a_body_and_a_policy_has_no_verb() {
    for (sql, expected, statements) in [
        (
            "DROP TRIGGER IF EXISTS t ON a; INSERT INTO a VALUES (1)",
            "BATCH DROP TRIGGER t INSERT a",
            2,
        ),
        (
            "DROP FUNCTION f(int), g(text); SELECT 1 FROM a",
            "BATCH DROP FUNCTION f g SELECT a",
            2,
        ),
        (
            "ALTER PROCEDURE p(int) OWNER TO b; DELETE FROM a",
            "BATCH ALTER PROCEDURE p DELETE a",
            2,
        ),
        (
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; DELETE FROM c; END",
            "CREATE TRIGGER t",
            1,
        ),
        (
            "CREATE POLICY p ON a FOR SELECT USING (b = c)",
            "CREATE POLICY p",
            1,
        ),
        (
            "CREATE POLICY p ON a FOR UPDATE USING (b = c)",
            "CREATE POLICY p",
            1,
        ),
    ] {
        let digest = Digest::of(sql, Postgres);
        let told = (digest.summary(), digest.statements());
        assert_eq!(told, (expected, statements), "{sql}");
    }
}

#[test]
fn several_statements_are_a_batch() {
    let batch = |sql| {
        let digest = Digest::of(sql, Postgres);
        (digest.summary().to_owned(), digest.statements())
    };
    let inserts = "INSERT INTO a VALUES (1); INSERT INTO a VALUES (2);";
    assert_eq!(batch(inserts), ("BATCH INSERT a".to_owned(), 2));
    let mixed = "CREATE TABLE a (b int); INSERT INTO a VALUES (1)";
    assert_eq!(
        batch(mixed),
        ("BATCH CREATE TABLE a INSERT a".to_owned(), 2)
    );
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
/// The same for numbers.
const NUMBER: &str = "48151623";

/// What a reader may trip over, around the secret.
fn content() -> impl Strategy<Value = String> {
    let traps = || {
        let traps = vec![
            "'", "''", "\"", "`", "\\", "\\'", "$", "$$", "$a$", "$1", "-- ", "/*", "*/", "#", ";",
            ",", "(", ")", "[", "]", "\n", " ", "é", "E'", "x", "0x", "?", ":a", "@a",
        ];
        proptest::collection::vec(proptest::sample::select(traps), 0..4)
    };
    (traps(), traps()).prop_map(|(before, after)| {
        let (before, after) = (before.concat(), after.concat());
        format!("{before}{SECRET}{after}")
    })
}

fn doubled(text: &str, quote: &str) -> String {
    format!("{quote}{}{quote}", text.replace(quote, &quote.repeat(2)))
}

fn escaped(text: &str, quote: &str) -> String {
    let text = text.replace('\\', "\\\\");
    format!(
        "{quote}{}{quote}",
        text.replace(quote, &format!("\\{quote}"))
    )
}

/// All ways in which a dialect writes a value or a comment, with the secret in it.
fn literals(dialect: Dialect, escapes: Escapes, text: &str) -> Vec<String> {
    let string = if escapes.single {
        doubled(&text.replace('\\', "\\\\"), "'")
    } else {
        doubled(text, "'")
    };
    let line = text.replace('\n', " ");
    let block = text.replace("/*", "").replace("*/", "");
    let mut all = vec![
        format!("N{string}"),
        format!("CAST({string} AS date)"),
        format!("date{string}"),
        format!("INTERVAL {string} DAY"),
        format!("{string}{string}"),
        format!("X'00' /* {block} */"),
        format!("1 -- {line}\n"),
        string,
        NUMBER.to_owned(),
        format!("-{NUMBER}"),
        format!("+ {NUMBER}"),
        format!("{NUMBER}.5"),
        format!("{NUMBER}."),
        format!(".{NUMBER}"),
        format!("{NUMBER}e5"),
        format!("1e{NUMBER}"),
        format!("1.5E-{NUMBER}"),
        format!("1e+{NUMBER}"),
        format!("0x{NUMBER}"),
        format!("1_{NUMBER}"),
        format!("X'{NUMBER}'"),
        format!("b'{NUMBER}'"),
        format!("CAST({NUMBER} AS int)"),
        format!("INTERVAL {NUMBER} DAY"),
        format!("a-{NUMBER}"),
        format!("(true,{NUMBER})"),
    ];
    if escapes.single {
        all.push(escaped(text, "'"));
    }
    all.extend(match dialect {
        Postgres => {
            let tags = ["", "a", "_b1", "ü"];
            let mut tags = tags.iter().map(|tag| format!("${tag}$"));
            let tag = tags.find(|tag| !text.contains(&**tag)).unwrap();
            vec![
                format!("E{}", escaped(text, "'")),
                format!("E'\\\\' -- {line}\n {}", escaped(text, "'")),
                format!("e{}", doubled(&text.replace('\\', "\\\\"), "'")),
                format!("U&{} UESCAPE '!'", doubled(&text.replace('\\', ""), "'")),
                // Next to the end mark, a dollar would make it another.
                format!("{tag}{text} {tag}"),
                format!("{tag}{text} {tag}::text"),
                format!("{NUMBER}::bigint"),
                format!("1 /* /* {block} */ {block} */"),
                format!("ARRAY[{NUMBER}]"),
            ]
        }
        MySql => {
            let double = if escapes.double {
                escaped(text, "\"")
            } else {
                doubled(text, "\"")
            };
            vec![
                format!("_utf8mb4{double}"),
                format!("1 # {line}\n"),
                format!("{{d {double}}}"),
                double,
            ]
        }
        Sqlite => vec![doubled(text, "\"")],
    });
    all
}

fn statement(dialect: Dialect, escapes: Escapes) -> impl Strategy<Value = String> {
    let shapes = proptest::sample::select(vec![
        "SELECT a FROM t WHERE b = {}",
        "SELECT {}, a FROM t",
        "INSERT INTO t (a, b) VALUES ({}, {})",
        "INSERT INTO t VALUES ({}),({})",
        "UPDATE t SET a = {}, b=b+1 WHERE c IN ({}, {})",
        "UPDATE t SET a={} WHERE c IN (1,{})",
        "DELETE FROM t WHERE a LIKE {} -- why",
        "SELECT f({}, $1), g FROM t JOIN u ON v = {}",
        "CALL p({})",
        "SELECT CASE WHEN a THEN {} ELSE {} END",
        "WITH x AS (SELECT {} AS y) SELECT y FROM x;",
        "SELECT a||{}||b",
        "SELECT 1.5e3,{},2",
        "SELECT a FROM t LIMIT {}",
    ]);
    let literal = (content(), any::<proptest::sample::Index>()).prop_map(move |(text, index)| {
        let mut all = literals(dialect, escapes, &text);
        all.swap_remove(index.index(all.len()))
    });
    (shapes, proptest::collection::vec(literal, 3)).prop_map(|(shape, literals)| {
        literals.iter().fold(shape.to_owned(), |sql, literal| {
            sql.replacen("{}", literal, 1)
        })
    })
}

/// Whole statements for a server, and perhaps one that breaks off within a value.
fn texts() -> impl Strategy<Value = (Dialect, String)> {
    let opened = |dialect| {
        let mut opened = vec!["'", "N'", "\"", "/* "];
        opened.extend(match dialect {
            Postgres => ["E'", "$$", "$a$"].as_slice(),
            MySql => &["`", "\"it's ", "/*!40101 "],
            Sqlite => &["`", "["],
        });
        proptest::option::of(proptest::sample::select(opened))
    };
    let settings: Vec<_> = [Postgres, MySql, Sqlite]
        .into_iter()
        .flat_map(|dialect| {
            dialect
                .readings()
                .iter()
                .map(move |escapes| (dialect, *escapes))
        })
        .collect();
    proptest::sample::select(settings).prop_flat_map(move |(dialect, escapes)| {
        let statements = proptest::collection::vec(statement(dialect, escapes), 1..4);
        (statements, opened(dialect)).prop_map(move |(statements, opened)| {
            let mut sql = statements.join(";\n");
            if let Some(opened) = opened {
                sql.push_str("; SELECT ");
                sql.push_str(opened);
                sql.push_str(SECRET);
            }
            (dialect, sql)
        })
    })
}

fn dialect() -> impl Strategy<Value = Dialect> {
    proptest::sample::select(vec![Postgres, MySql, Sqlite])
}

/// What of the secrets, or of their beginnings, is found in what leaves.
fn leaks(digest: Digest) -> Option<Digest> {
    let leaves = format!("{} {}", digest.text(), digest.summary());
    let leaks = leaves.contains(&SECRET[..3]) || leaves.contains(&NUMBER[..3]);
    leaks.then_some(digest)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_literal_survives((dialect, sql) in texts()) {
        prop_assert_eq!(leaks(Digest::of(&sql, dialect)), None, "{}", sql);
    }

    #[test]
    fn no_literal_survives_where_the_database_is_not_known((_, sql) in texts()) {
        prop_assert_eq!(leaks(Digest::of_any(&sql)), None, "{}", sql);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_literal_survives_wherever_the_text_breaks_off((dialect, sql) in texts()) {
        for (end, _) in sql.char_indices() {
            let sql = &sql[..end];
            prop_assert_eq!(leaks(Digest::of(sql, dialect)), None, "{}", sql);
            prop_assert_eq!(leaks(Digest::of_any(sql)), None, "{}", sql);
        }
    }
}

#[test]
fn a_quote_of_dollars_that_was_broken_up_hides_what_follows() {
    for sql in [
        "SELECT a FROM t WHERE b = $ $ s3cr3t $ $",
        "SELECT a FROM t WHERE b = $tag $ s3cr3t $tag $",
        "SELECT a FROM t WHERE b = $tag\n$ s3cr3t",
    ] {
        assert_eq!(text(Postgres, sql), "SELECT a FROM t WHERE b = ?");
        assert_eq!(Digest::of_any(sql).text(), "SELECT a FROM t WHERE b = ?");
    }
}

#[test]
fn a_text_of_a_database_that_is_not_known_hides_what_is_a_value_to_any() {
    for (sql, text, summary) in [
        // As PostgreSQL is mostly asked: names in quotes stay where only names can stand.
        (
            r#"SELECT "cake"."id", "cake"."name" FROM "cake" WHERE "cake"."id" = $1 LIMIT $2"#,
            r#"SELECT "cake"."id", "cake"."name" FROM "cake" WHERE "cake"."id" = $1 LIMIT $2"#,
            "SELECT cake",
        ),
        (
            r#"INSERT INTO "cake" ("name", "bakery_id") VALUES ($1, 'Ada') RETURNING "id""#,
            r#"INSERT INTO "cake" ("name", "bakery_id") VALUES ($1, ?) RETURNING ?"#,
            "INSERT cake",
        ),
        (
            "SELECT id::text FROM t WHERE a IN (1, 2, 3) AND b IN ($1, $2)",
            "SELECT id::text FROM t WHERE a IN (?) AND b IN ($1, $2)",
            "SELECT t",
        ),
        // What begins with two dollars ends elsewhere for PostgreSQL than for MySQL 9.
        (
            "SELECT a FROM t WHERE b = $$s3cr3t$$",
            "SELECT a FROM t WHERE b = ?",
            "SELECT t",
        ),
        // As MySQL is.
        (
            "SELECT `id` FROM `shop`.`orders` WHERE name = \"s3cr3t\" AND id = ?",
            "SELECT `id` FROM `shop`.`orders` WHERE name = ? AND id = ?",
            "SELECT shop.orders",
        ),
        (
            r#"SELECT a FROM t WHERE b = "it\"s3cr3t" AND c = 'it\'s' AND d = 7"#,
            "SELECT a FROM t WHERE b = ?",
            "SELECT t",
        ),
        (
            "SELECT a FROM t # s3cr3t\n",
            "SELECT a FROM t \n",
            "SELECT t",
        ),
        // As SQLite is.
        (
            "SELECT a FROM t WHERE b = ?1 AND c = :c AND d = @d AND e IN (?, ?)",
            "SELECT a FROM t WHERE b = ?1 AND c = :c AND d = @d AND e IN (?)",
            "SELECT t",
        ),
        // Brackets are names to one, and to another what cannot be told.
        ("SELECT a[1], b FROM t", "SELECT a ?", "SELECT"),
    ] {
        let digest = Digest::of_any(sql);
        assert_eq!((digest.text(), digest.summary()), (text, summary), "{sql}");
    }
}

/// Which bytes are of a value or a comment.
fn hidden(mut lexer: Lexer<'_>, length: usize) -> Vec<bool> {
    let mut hidden = vec![false; length];
    while let Some(token) = lexer.token() {
        if matches!(token.kind, Kind::Literal | Kind::Comment | Kind::Unsure) {
            hidden[token.start..token.end].fill(true);
        }
    }
    hidden
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn what_any_setting_takes_for_a_value_is_hidden(
        dialect in dialect(),
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "'", "'", "\"", "\"", "\\", "\\", "a", "1", " ", "\n", "E'", "`", "-- ", "/*", "*/", "#",
                "$$", "[", "]",
            ]),
            0..24,
        ),
    ) {
        let sql = words.concat();
        let lexer = Lexer::new(&sql, dialect);
        let all = hidden(lexer, sql.len());
        for escapes in dialect.readings() {
            let one = hidden(lexer.with(*escapes), sql.len());
            let shown = one.iter().zip(&all).position(|(one, all)| *one && !*all);
            prop_assert_eq!(shown, None, "{} by {:?}", sql, escapes);
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_within_the_bounds(dialect in dialect(), sql in ".*") {
        let digest = Digest::of(&sql, dialect);
        prop_assert!(digest.text().len() <= MAX_TEXT && digest.summary().len() <= 255);
    }

    #[test]
    fn any_soup_of_sql_is_read_within_the_bounds(
        dialect in dialect(),
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "SELECT", "FROM", "INTO", "IN", "UPDATE", "WITH", "CREATE", "TABLE", "EXPLAIN",
                "'", "\"", "`", "[", "]", "(", ")", ";", ",", ".", "$", "$a$", "$1", "E'", "\\", "--",
                "/*", "*/", "#", "\n", "\r", "\0", " ", "x", "é", "1", "1e", "0x", ":", "@", "?",
            ]),
            0..60,
        ),
    ) {
        let sql = words.concat();
        let digest = Digest::of(&sql, dialect);
        prop_assert!(digest.text().len() <= MAX_TEXT && digest.summary().len() <= 255);
    }
}
