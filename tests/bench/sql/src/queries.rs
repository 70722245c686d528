//! What is asked of every pool, of whichever version of sqlx.

/// Makes the table of a hundred rows, on the pool's only connection.
macro_rules! prepare {
    ($pool:expr) => {
        async {
            let create = "CREATE TEMP TABLE wide (id INT, a INT, b INT, c INT, d INT, \
                          e TEXT, f TEXT, g TEXT, h TEXT, i TEXT)";
            sqlx::query(create).execute($pool).await.expect("a table");
            for _ in 0..100 {
                let insert =
                    "INSERT INTO wide VALUES (1, 2, 3, 4, 5, 'e', 'ff', 'ggg', 'hhhh', 'iiiii')";
                sqlx::query(insert).execute($pool).await.expect("a row");
            }
        }
    };
}

/// Runs a kind of query so many times.
macro_rules! repeat {
    ($pool:expr, $query:expr, $count:expr) => {
        async {
            for _ in 0..$count {
                if $query == "SELECT 1" {
                    let row = sqlx::query("SELECT 1").fetch_one($pool).await;
                    std::hint::black_box(row.expect("a row"));
                } else {
                    let all = "SELECT id, a, b, c, d, e, f, g, h, i FROM wide";
                    let rows = sqlx::query(all).fetch_all($pool).await;
                    assert_eq!(std::hint::black_box(rows.expect("rows")).len(), 100);
                }
                // Its connection goes back to the pool.
                measure::rest();
            }
        }
    };
}

/// The queries by name.
pub const QUERIES: [&str; 2] = ["SELECT 1", "100 rows"];

/// The least of some runs. How often a task is polled depends on how soon the database's process
/// answers, which a busy machine delays, and a little on its thread, which is waited for.
pub fn least(variant: &str) -> measure::Cost {
    let costs = std::iter::repeat_with(|| measure::cost_of(variant)).take(4);
    let least = costs.min_by_key(|cost| cost.instructions);
    least.expect("a run")
}
