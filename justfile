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

# Tests a consumer that is built without the feature `otel`.
off:
    cargo test --manifest-path tests/off/Cargo.toml

# Builds the documentation; warnings are errors.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

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

# Checks that nothing public was broken since the last release; needs cargo-semver-checks.
semver:
    cargo semver-checks --workspace

# Checks licences, sources and the dependency rules.
deny:
    cargo deny check

# Runs the demo until everything expected has arrived.
demo:
    cargo run -p demo -- --once

# Everything that the checks run.
ci: fmt lint test off docs demo

# Measures what the server layer costs, beside its peers; needs valgrind.
bench-http *variants:
    cargo run --release --manifest-path tests/bench/http/Cargo.toml --features peers -- {{ variants }}

# Measures what the client's middleware and layer cost, beside their peers; needs valgrind.
bench-client *variants:
    cargo run --release --manifest-path tests/bench/client/Cargo.toml --features peers -- {{ variants }}

# Measures what a span and a log record cost on their way out; needs valgrind.
bench-export *kinds:
    cargo run --release --manifest-path tests/bench/export/Cargo.toml -- {{ kinds }}

# Measures what watching a runtime and reading the process cost.
bench-runtime:
    cargo run --release --manifest-path tests/bench/runtime/Cargo.toml

# Sends a hundred thousand mixed requests through the server layer.
soak:
    cargo run --release --manifest-path tests/bench/http/Cargo.toml --bin soak

# Prints every table of docs/cost.md; needs valgrind.
bench: bench-http bench-client bench-sql bench-logs bench-export

# Fails when something of ours takes five per cent more instructions than the committed baseline.
bench-check *write:
    cargo run --release --manifest-path tests/bench/check/Cargo.toml -- {{ write }}

# Measures what the feature `otel` adds to a service's size, build and start; takes minutes.
bench-build:
    cargo run --release --manifest-path tests/bench/build/Cargo.toml
