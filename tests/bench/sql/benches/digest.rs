//! How fast texts of 1 KiB are sanitised and summed up.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use otelier_sql::{Dialect, Digest};

const SIZE: usize = 1024;

/// A statement of about 1 KiB: a head, and something again and again.
fn statement(head: &str, again: &str, tail: &str) -> String {
    let times = (SIZE - head.len() - tail.len()) / again.len();
    format!("{head}{}{tail}", again.repeat(times))
}

fn digest(criterion: &mut Criterion) {
    let statements = [
        (
            "placeholders only",
            Dialect::Postgres,
            statement(
                "SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer WHERE o.id = $1",
                " AND o.status_changed >= $2 AND c.country_code <> $3",
                " ORDER BY o.id LIMIT $4",
            ),
        ),
        (
            "strings and numbers",
            Dialect::Postgres,
            statement(
                "INSERT INTO orders (id, name, total) VALUES (1, 'Ada', 2.5)",
                ", (4711, 'Lovelace''s order of ink and paper', 19.95e0)",
                "",
            ),
        ),
        (
            "a long list",
            Dialect::Postgres,
            statement(
                "SELECT id, name FROM orders WHERE id IN (1",
                ", 271828, 314159",
                ")",
            ),
        ),
        (
            "joins and sub-selects",
            Dialect::Postgres,
            statement(
                "WITH recent AS (SELECT id FROM orders WHERE placed > now() - interval '1 day') SELECT * FROM recent r",
                " JOIN (SELECT id, max(price) AS price FROM items GROUP BY id) i ON i.id = r.id",
                "",
            ),
        ),
        (
            "comments",
            Dialect::Postgres,
            statement(
                "SELECT a -- the first\n",
                ", b /* and what belongs to it, which nobody needs */",
                " FROM t",
            ),
        ),
        (
            "quotes of MySQL",
            Dialect::MySql,
            statement(
                "UPDATE `orders` SET `name` = \"it's\"",
                ", `note` = 'don\\'t', `total` = `total` + 17",
                " WHERE `id` = ?",
            ),
        ),
        (
            "quotes of SQLite",
            Dialect::Sqlite,
            statement(
                "SELECT \"o\".\"id\" FROM \"orders\" AS \"o\" WHERE \"o\".\"id\" = ?",
                " OR \"o\".\"name\" = 'Ada' AND [total] > 12.5",
                "",
            ),
        ),
    ];
    let mut group = criterion.benchmark_group("digest");
    for (name, dialect, sql) in &statements {
        group.throughput(Throughput::Bytes(sql.len() as u64));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| Digest::of(black_box(sql), *dialect));
        });
    }
    group.finish();
}

criterion_group!(benches, digest);
criterion_main!(benches);
