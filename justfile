# Lists the recipes.
default:
    @just --list

# Checks the formatting.
fmt:
    cargo fmt --all --check

# Lints everything; warnings are errors.
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Runs all tests of the workspace.
test *flags:
    cargo test --workspace {{ flags }}

# Builds the real Collector for the tests of tests/stack; needs Go, and minutes the first time.
collector:
    tests/stack/tools/build collector

# Sends real services through the real Collector into Jaeger, Prometheus, VictoriaLogs, ClickHouse's engine and Datadog's test agent, and reads it back; needs Go, Python, and ten minutes the first time.
stack:
    tests/stack/tools/build collector jaeger prometheus promtool victorialogs
    tests/stack/tools/python
    OTELIER_REQUIRE_COLLECTOR=1 OTELIER_REQUIRE_BACKENDS=1 cargo test -p stack

# Measures what a Collector takes from otelier, and what gateways cost, for docs/operations.md; three minutes.
stack-load:
    tests/stack/tools/build collector
    cargo test -p stack --test it -- --ignored --exact load::what_a_collector_takes

# Reads the files for Compose and Kubernetes as those would, and checks the scripts; needs Go and shellcheck.
manifests:
    shellcheck deploy/collector/run tests/stack/tools/build tests/stack/tools/python .ci/run
    cd tests/stack/manifests && go test -count=1 ./...

# Tests a service that is built with the least of the feature `otel`.
lean:
    cargo test --manifest-path tests/lean/Cargo.toml

# Tests a consumer that is built without the feature `otel`.
off:
    cargo test --manifest-path tests/off/Cargo.toml

# Builds and runs the recipes of docs/clients.md for crates that are not in the workspace.
recipes:
    cargo test --manifest-path tests/recipes/Cargo.toml --workspace

# Tests what sqlx 0.7 and 0.8 and sea-orm log, on SQLite and PostgreSQL.
sql-log:
    cargo test --manifest-path tests/sql-log/sqlx-07/Cargo.toml
    cargo test --manifest-path tests/sql-log/sqlx-08/Cargo.toml
    cargo test --manifest-path tests/sql-log/sea-orm/Cargo.toml

# Compares what each published crate offers with telemetry and without, and looks for public types without an example and circles of files.
shape:
    cargo run --quiet -p shape -- api examples
    cargo run --quiet -p shape -- circles

# Builds the documentation; warnings are errors.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Writes the tables of docs/configuration.md from the variables that are read.
configuration:
    cargo test -p otelier-sdk -p otelier --lib write_the_table -- --ignored

# Compiles the facade with its features one by one and in pairs.
features:
    cargo hack check -p otelier --feature-powerset --depth 2 --no-dev-deps
    cargo hack check --workspace --exclude otelier --each-feature --no-dev-deps

# Packs every published crate in order, and builds each from its package.
packages:
    cargo publish --workspace --dry-run

# Checks that the oldest versions that Cargo.toml allows suffice; needs cargo-minimal-versions and a nightly toolchain.
minimal:
    cargo minimal-versions check --direct --workspace --all-features --lib --bins

# Checks that nothing public was broken since a tag, branch or commit; needs cargo-semver-checks.
semver baseline="v0.1.0":
    cargo semver-checks --workspace --baseline-rev {{ baseline }}

# Checks licences, sources and the dependency rules.
deny:
    cargo deny check

# Fuzzes one target of tests/fuzz for so many seconds with inputs of so many bytes; needs cargo-fuzz, and RUSTC_BOOTSTRAP=1 where there is no nightly toolchain.
fuzz target seconds="600" length="65536":
    cd tests/fuzz && cargo fuzz run --fuzz-dir . --sanitizer none {{ target }} -- \
        -max_total_time={{ seconds }} -max_len={{ length }} -len_control=0 -timeout=20 -rss_limit_mb=2048 \
        $(test -f dictionaries/{{ target }}.dict && echo -dict=dictionaries/{{ target }}.dict)

# Checks docs/registry, or with `live-check` what arrives at port 4317; needs weaver, and the network for the conventions.
weaver command="check":
    weaver registry {{ command }} -r docs/registry

# Looks at the page in Chromium, and makes the pictures of docs/viewer.md anew; needs chromium and chromedriver.
page:
    cargo build -p demo
    OTELIER_PICTURES=1 OTELIER_REQUIRE_BROWSER=1 cargo test -p page

# Measures what the answers of a full collector cost, and what they cost who sends meanwhile.
bench-page:
    cargo run --release -p otelier-collector --example reading

# Looks at the page for half an hour while 200 spans a second come, and prints what it holds; needs chromium and chromedriver.
soak-page:
    OTELIER_REQUIRE_BROWSER=1 cargo test -p page --test it -- --ignored --exact --nocapture \
        soak::a_page_that_is_looked_at_for_half_an_hour_holds_no_more_and_no_more

# Runs the demo until everything expected has arrived.
demo:
    cargo run -p demo -- --once

# Everything that the checks run.
ci: fmt lint test lean off shape docs demo

# Measures what the server layer costs, beside its peers; needs valgrind.
bench-http *variants:
    cargo run --release --manifest-path tests/bench/http/Cargo.toml --features peers -- {{ variants }}

# Measures what the client's middleware and layer cost, beside their peers; needs valgrind.
bench-client *variants:
    cargo run --release --manifest-path tests/bench/client/Cargo.toml --features peers -- {{ variants }}

# Measures what looking for secrets costs by the byte, in hostile texts, too; needs valgrind.
bench-redact:
    cargo run --release --manifest-path tests/bench/redact/Cargo.toml

# Measures what a span and a log record cost on their way out; needs valgrind.
bench-export *kinds:
    cargo run --release --manifest-path tests/bench/export/Cargo.toml -- {{ kinds }}

# Measures what an event and a job cost, beside their peers; needs valgrind.
bench-logs *variants:
    cargo run --release --manifest-path tests/bench/logs/Cargo.toml -- {{ variants }}

# Measures what a call of a traced function costs, beside its peers; needs valgrind.
bench-functions *variants:
    cargo run --release --manifest-path tests/bench/functions/Cargo.toml -- {{ variants }}

# Counts what is dropped of 200,000 spans a second at the default queue sizes; wants a quiet machine.
bench-flood:
    cargo run --release --manifest-path tests/bench/export/Cargo.toml -- flood

# Measures how large a program is that exports, by our exporter and by the stock one; takes minutes.
bench-size:
    cargo run --release --manifest-path tests/bench/size/Cargo.toml

# Has a receiver die every three seconds under load, on each way to it; takes six minutes.
restarts:
    cargo test -p otelier-otlp --test it -- --ignored --nocapture restart::

# Measures what many requests, threads and spans cost, and a whole process with its export; needs valgrind.
bench-growth *rows:
    cargo run --release --manifest-path tests/bench/growth/Cargo.toml -- {{ rows }}

# Measures what a service of a few lines becomes: its size, its crates, its build; takes minutes.
bench-minimal:
    cargo run --release --manifest-path tests/bench/minimal/Cargo.toml

# Measures what watching a runtime and reading the process cost.
bench-runtime:
    cargo run --release --manifest-path tests/bench/runtime/Cargo.toml

# Measures what a pool costs, beside its peers; needs valgrind.
bench-sql:
    cargo build --release --manifest-path tests/bench-sqlx-08/Cargo.toml
    cargo run --release --manifest-path tests/bench/sql/Cargo.toml

# Measures what a command of Redis costs; needs valgrind.
bench-redis *variants:
    cargo run --release --manifest-path tests/bench/redis/Cargo.toml -- {{ variants }}

# Measures what a call to a language model and a part of its answer cost; needs valgrind.
bench-genai *variants:
    cargo run --release --manifest-path tests/bench/genai/Cargo.toml -- {{ variants }}

# Measures what a call of gRPC costs; needs valgrind.
bench-grpc *variants:
    cargo run --release --manifest-path tests/bench/grpc/Cargo.toml -- {{ variants }}

# Measures how fast SQL texts are sanitised and summed up.
bench-digest:
    cargo bench --manifest-path tests/bench/sql/Cargo.toml

# Sends a hundred thousand mixed requests through the server layer.
soak-http:
    cargo run --release --manifest-path tests/bench/http/Cargo.toml --bin soak

# Loads real processes with telemetry on and off, in turns, and writes docs/soak.md; four minutes, after a build of as many.
soak:
    cargo run --profile soak -p load -- soak --report docs/soak.md

# Runs a real process against every fault, and writes docs/faults.md; three minutes.
faults:
    cargo run --profile soak -p load -- faults --report docs/faults.md

# Prints every table of docs/cost.md; needs valgrind.
bench: bench-http bench-client bench-sql bench-redis bench-genai bench-grpc bench-logs bench-functions bench-export

# Fails when something of ours adds five per cent more instructions, or one allocation more, than the baseline, with `--strict` more than one per cent; `write` renews it.
bench-check *arguments:
    cargo run --release --manifest-path tests/bench/check/Cargo.toml -- {{ arguments }}

# Measures what the feature `otel` adds to a service's size, build and start; takes minutes.
bench-build:
    cargo run --release --manifest-path tests/bench/build/Cargo.toml
