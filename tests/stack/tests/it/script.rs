//! deploy/collector/run, with Collectors that are there and releases that are fetched.

use std::fs;

use crate::{
    process::{Ended, Program, until},
    real::{Launch, VARIABLES, folder, open, repository},
    sent::{Services, demo},
    stand::{ARCHIVE, FAKE, SUMS, Stand, pack, sum},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Nothing:
        variables_choose_the_backend_and_half_a_pair_is_told_of,
        print_tells_no_value_of_a_variable,
        a_platform_that_is_not_served_is_refused_by_its_name,
        a_release_is_fetched_once_verified_and_started,
        an_archive_that_is_not_what_the_list_says_is_never_unpacked,
        an_archive_that_is_not_what_the_variable_says_is_never_unpacked,
        what_is_missing_is_told_with_what_to_do,
        names_are_names_and_arguments_are_known,
        files_that_the_collector_refuses_are_not_started,
    );
    add!(suite, Collector: without_any_variable_it_takes_the_demo_s_traffic);
}

#[track_caller]
fn assert_refused(ended: &Ended, words: &[&str]) {
    assert!(!ended.status.success(), "{}", ended.stdout);
    for word in words {
        assert!(ended.stderr.contains(word), "{word} in {}", ended.stderr);
    }
    assert!(!ended.stdout.contains("called"), "{}", ended.stdout);
}

async fn variables_choose_the_backend_and_half_a_pair_is_told_of() {
    let stand = Stand::new();
    let cases: [(&[&str], &str, bool); 9] = [
        (&[], "file", false),
        (&["DD_API_KEY"], "datadog", false),
        (
            &["SIGNOZ_ENDPOINT", "SIGNOZ_INGESTION_KEY", "DD_API_KEY"],
            "signoz",
            false,
        ),
        (
            &[
                "CLICKHOUSE_ENDPOINT",
                "CLICKHOUSE_PASSWORD",
                "SIGNOZ_ENDPOINT",
                "SIGNOZ_INGESTION_KEY",
            ],
            "clickhouse",
            false,
        ),
        (&["CLICKHOUSE_ENDPOINT"], "file", true),
        (&["SIGNOZ_ENDPOINT", "DD_API_KEY"], "datadog", true),
        (
            &[
                "CLICKHOUSE_ENDPOINT",
                "SIGNOZ_ENDPOINT",
                "SIGNOZ_INGESTION_KEY",
            ],
            "signoz",
            true,
        ),
        (&["CLICKHOUSE_PASSWORD"], "file", false),
        (&["SIGNOZ_INGESTION_KEY"], "file", false),
    ];
    for (set, backend, is_half) in cases {
        for mode in ["development", "production"] {
            let mut run = stand.run(&["--print"]);
            if mode == "production" {
                run = run.arg("--production");
            }
            // An empty variable is an unset one.
            for (name, _) in VARIABLES {
                let value = if set.contains(&name) { "set" } else { "" };
                run = run.with(name, value);
            }
            let ended = run.run().await.well();
            let file = format!("/deploy/collector/{mode}/{backend}.yaml\n");
            assert!(ended.stdout.contains(&file), "{set:?}: {}", ended.stdout);
            assert_eq!(
                ended.stderr.contains("set both, or neither"),
                is_half,
                "{set:?}"
            );
        }
    }
}

async fn print_tells_no_value_of_a_variable() {
    let stand = Stand::new();
    for (name, _) in VARIABLES {
        for other in ["CLICKHOUSE_PASSWORD", "SIGNOZ_INGESTION_KEY", "DD_API_KEY"] {
            let run = stand
                .run(&["--print"])
                .with(name, "hush")
                .with(other, "hush");
            let ended = run.run().await.well();
            let told = format!("{}{}", ended.stdout, ended.stderr);
            assert!(!told.contains("hush"), "{name}: {told}");
        }
    }
}

async fn a_platform_that_is_not_served_is_refused_by_its_name() {
    let stand = Stand::new();
    for (system, machine, words) in [
        ("FreeBSD", "amd64", ["FreeBSD", "OTELCOL_BIN"]),
        (
            "MINGW64_NT-10.0",
            "x86_64",
            ["Windows", "otelcol-contrib.exe"],
        ),
        ("Linux", "riscv64", ["riscv64", "OTELCOL_BIN"]),
    ] {
        stand.uname(system, machine);
        assert_refused(&stand.run(&[]).run().await, &words);
    }
    for (system, machine, name) in [
        ("Linux", "x86_64", "linux_amd64"),
        ("Linux", "aarch64", "linux_arm64"),
        ("Darwin", "x86_64", "darwin_amd64"),
        ("Darwin", "arm64", "darwin_arm64"),
    ] {
        stand.uname(system, machine);
        let ended = stand.run(&["--print"]).run().await.well();
        assert!(ended.stdout.contains(name), "{name}: {}", ended.stdout);
    }
    // With a Collector of one's own the platform does not matter.
    stand.uname("FreeBSD", "riscv64");
    let fake = stand.program("mine", FAKE);
    stand.run(&[]).with("OTELCOL_BIN", fake).run().await.well();
}

async fn a_release_is_fetched_once_verified_and_started() {
    let mut stand = Stand::new();
    stand.serve().await;
    let ended = stand.run(&["--", "--feature-gates=x"]).run().await.well();
    for word in [
        "called --config ",
        "/development/common.yaml --config ",
        "/development/file.yaml --feature-gates=x limit 819MiB data ",
    ] {
        assert!(ended.stdout.contains(word), "{word}: {}", ended.stdout);
    }
    let fetched = "otelcol-contrib_0.161.0_linux_amd64";
    assert_eq!(stand.cached(), [fetched]);
    // Not again, also where the server is gone.
    stand.server = None;
    let ended = stand.run(&["--overlay", "file_log", "--overlay", "unix"]);
    let ended = ended
        .with("OTELCOL_DOWNLOAD", "http://127.0.0.1:9")
        .run()
        .await
        .well();
    let order = ["common.yaml", "file.yaml", "file_log.yaml", "unix.yaml"];
    let places = order.map(|file| ended.stdout.find(file).unwrap());
    assert!(places.is_sorted(), "{}", ended.stdout);
    // One that is in the path is taken before.
    stand.program(
        "bin/otelcol-contrib",
        &FAKE.replace("called", "called mine"),
    );
    let ended = stand.run(&[]).run().await.well();
    assert!(ended.stdout.contains("called mine"), "{}", ended.stdout);
}

async fn an_archive_that_is_not_what_the_list_says_is_never_unpacked() {
    let mut stand = Stand::new();
    stand.serve().await;
    let archive = stand.release().join(ARCHIVE);
    let mut bytes = fs::read(&archive).unwrap();
    bytes.push(0);
    fs::write(&archive, bytes).unwrap();
    let ended = stand.run(&[]).run().await;
    assert_refused(
        &ended,
        &["is not what the release's list says", "not unpacked"],
    );
    assert!(stand.cached().is_empty(), "{:?}", stand.cached());
}

async fn an_archive_that_is_not_what_the_variable_says_is_never_unpacked() {
    let mut stand = Stand::new();
    stand.serve().await;
    let wrong = stand
        .run(&[])
        .with("OTELCOL_SHA256", "0".repeat(64))
        .run()
        .await;
    assert_refused(&wrong, &["OTELCOL_SHA256", "not unpacked"]);
    assert!(stand.cached().is_empty(), "{:?}", stand.cached());
    let right = sum(&stand.release().join(ARCHIVE));
    // In upper case, as some print it.
    let right = right.to_uppercase();
    stand
        .run(&[])
        .with("OTELCOL_SHA256", right)
        .run()
        .await
        .well();
}

async fn what_is_missing_is_told_with_what_to_do() {
    let mut stand = Stand::new();
    stand.serve().await;
    let (archive, sums) = (stand.release().join(ARCHIVE), stand.release().join(SUMS));

    let packed = fs::read(&archive).unwrap();
    fs::remove_file(&archive).unwrap();
    assert_refused(
        &stand.run(&[]).run().await,
        &["cannot fetch", ARCHIVE, "OTELCOL_BIN"],
    );
    fs::write(&archive, packed).unwrap();

    let list = fs::read(&sums).unwrap();
    fs::write(&sums, "0000  other.tar.gz\n").unwrap();
    assert_refused(
        &stand.run(&[]).run().await,
        &["does not name", "OTELCOL_VERSION"],
    );
    fs::remove_file(&sums).unwrap();
    assert_refused(&stand.run(&[]).run().await, &["cannot fetch", SUMS]);
    fs::write(&sums, list).unwrap();

    fs::write(stand.release().join("README"), "no program").unwrap();
    pack(stand.release(), "README");
    assert_refused(&stand.run(&[]).run().await, &["holds no otelcol-contrib"]);
    assert!(stand.cached().is_empty(), "{:?}", stand.cached());

    let absent = stand
        .run(&[])
        .with("OTELCOL_BIN", "/nowhere/otelcol")
        .run()
        .await;
    assert_refused(&absent, &["OTELCOL_BIN is no program"]);
    let without_home =
        Program::new(repository("deploy/collector/run")).with("PATH", "/usr/bin:/bin");
    assert_refused(&without_home.run().await, &["HOME"]);
    let fake = stand.program("mine", FAKE);
    let read_only = stand
        .run(&[])
        .with("OTELCOL_BIN", fake)
        .with("OTELCOL_DATA", "/proc/no");
    assert_refused(&read_only.run().await, &["OTELCOL_DATA"]);
}

async fn names_are_names_and_arguments_are_known() {
    let stand = Stand::new();
    for (arguments, words) in [
        (&["--backend", "../../etc/passwd"][..], "not a path"),
        (&["--overlay", "a b"], "not a path"),
        (&["--overlay", "nowhere"], "no overlays/nowhere.yaml"),
        (&["--backend", "nowhere"], "no development/nowhere.yaml"),
        (&["--backend"], "needs a name"),
        (&["--verbose"], "unknown argument --verbose"),
    ] {
        assert_refused(&stand.run(arguments).run().await, &[words]);
    }
    let ended = stand.run(&["--help"]).run().await.well();
    assert!(ended.stdout.starts_with("usage: run"), "{}", ended.stdout);
    // From any folder, by any path.
    let link = stand.home.path().join("here");
    std::os::unix::fs::symlink(repository("deploy"), &link).unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let other = Program::new("sh")
        .arg("-c")
        .arg("cd / && exec \"$0\" --print")
        .arg(link.join("collector/run"))
        .with("HOME", stand.home.path())
        .with("PATH", path);
    let ended = other.run().await.well();
    assert!(
        ended.stdout.contains("collector/development/file.yaml"),
        "{}",
        ended.stdout
    );
}

async fn files_that_the_collector_refuses_are_not_started() {
    let stand = Stand::new();
    let fake = stand.program("mine", FAKE);
    let run = stand.run(&["--", "REFUSE"]).with("OTELCOL_BIN", fake);
    assert_refused(
        &run.run().await,
        &["bad files", "refuses development/file.yaml"],
    );
}

async fn without_any_variable_it_takes_the_demo_s_traffic() {
    let home = folder();
    let data = home.path().join(".local/state/otelier/collector");
    let launch = Launch::new("development", "file", home.path());
    let ports = launch.ports_file();
    // `run`, and what any shell has; the ports, since others may have the usual ones here.
    let run = Program::new(repository("deploy/collector/run"))
        .arg("--")
        .arg("--config")
        .arg(ports)
        .with("HOME", home.path())
        .with("PATH", "/usr/bin:/bin")
        .with("OTELCOL_BIN", crate::real::program().unwrap());
    let real = launch.started(run.start()).await;
    let (services, url) = Services::start(home.path(), |program| {
        program.with("OTEL_EXPORTER_OTLP_ENDPOINT", real.grpc())
    })
    .await;
    demo(&url).await;
    until("the job is done", async || {
        services.worker_output().contains("embedded").then_some(())
    })
    .await;
    services.stop().await;
    real.stop().await;
    let opened = open(&data).await;
    let store = opened.store();
    let span = store.spans_named("POST /repos/{id}/index").pop().unwrap();
    let trace = store.trace(span.trace_id()).unwrap();
    assert_eq!(trace.services(), ["api", "worker"]);
    assert!(!trace.logs().is_empty());
    assert!(
        !store
            .metrics_named("http.server.request.duration")
            .is_empty()
    );
    // The three processes, and the file of the job.
    assert!(store.spans_named("embed").len() == 1);
}
