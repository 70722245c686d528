//! The recipes of docs/queues.md, against servers that are started here. Where one is not
//! installed a line says so; with `OTELIER_REQUIRE_QUEUES` it has to be.

use std::{env, net::TcpListener, process::Stdio, time::Duration};

use futures_util::StreamExt as _;
use otelier_testing::capture;
use tokio::process::{Child, Command};

use crate::{celery, lapin as amqp, nats};

fn is_left_out(server: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders = env::split_paths(&path).chain(["/usr/sbin".into()]);
    let is_there = folders.any(|folder| folder.join(server).exists());
    assert!(
        is_there || env::var_os("OTELIER_REQUIRE_QUEUES").is_none(),
        "{server} is not installed"
    );
    if !is_there {
        println!("left out: {server} is not installed");
    }
    !is_there
}

/// A port that is free now.
fn port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn started(command: &mut Command) -> Child {
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.kill_on_drop(true).spawn().unwrap()
}

#[tokio::test]
async fn nats_carries_the_trace_from_who_sends_to_who_works() {
    if is_left_out("nats-server") {
        return;
    }
    let port = port().to_string();
    let mut server = Command::new("/usr/sbin/nats-server");
    let _server = started(server.args(["-a", "127.0.0.1", "-p", &port]));
    let address = format!("127.0.0.1:{port}");
    let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
    let client = options.connect(&address).await.unwrap();

    let telemetry = capture();
    let mut orders = client.subscribe("orders").await.unwrap();
    // The server knows of the subscription when it has answered.
    client.flush().await.unwrap();
    nats::publish(&client, "orders", b"7".to_vec())
        .await
        .unwrap();
    let order = orders.next().await.unwrap();
    assert_eq!(&*order.payload, b"7");
    nats::work(order).await.unwrap();

    let sent = telemetry.span("send orders");
    let baked = telemetry.span("job.bake");
    assert_eq!(baked.links.len(), 1);
    assert_eq!(baked.links[0].span_id, sent.span_id);
}

/// Asks until there is an answer; a server takes seconds to start.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what} in a minute");
}

#[tokio::test]
async fn rabbitmq_carries_the_trace_from_who_sends_to_who_works() {
    if is_left_out("rabbitmq-server") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (port, beside) = (port().to_string(), port().to_string());
    let mut server = Command::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
    server
        .env("HOME", folder.path())
        // Where it falls, it leaves a dump in the folder it works in.
        .current_dir(folder.path())
        .env("RABBITMQ_NODENAME", format!("otelier{port}@localhost"))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", &port)
        .env("RABBITMQ_DIST_PORT", &beside)
        .env("RABBITMQ_MNESIA_BASE", folder.path())
        .env("RABBITMQ_LOG_BASE", folder.path())
        .env("RABBITMQ_PID_FILE", folder.path().join("pid"))
        .env(
            "RABBITMQ_ENABLED_PLUGINS_FILE",
            folder.path().join("plugins"),
        );
    let _server = started(&mut server);
    let address = format!("amqp://127.0.0.1:{port}/%2f");
    let connection = until("RabbitMQ listens", async || {
        lapin::Connection::connect(&address, lapin::ConnectionProperties::default())
            .await
            .ok()
    });
    let connection = connection.await;
    let channel = connection.create_channel().await.unwrap();
    let options = lapin::options::QueueDeclareOptions::default();
    let table = lapin::types::FieldTable::default();
    channel
        .queue_declare("orders".into(), options, table)
        .await
        .unwrap();

    let telemetry = capture();
    amqp::publish(&channel, "orders", b"7").await.unwrap();
    let order = until("a message", async || {
        amqp::fetch(&channel, "orders").await.unwrap()
    });
    amqp::work(order.await, "orders").await.unwrap();
    let (sent, baked) = (telemetry.span("send orders"), telemetry.span("job.bake"));
    assert_eq!(baked.links[0].span_id, sent.span_id);
}

#[tokio::test]
async fn celery_and_a_worker_of_ours_share_a_trace_both_ways() {
    if is_left_out("redis-server") {
        return;
    }
    let Some(python) = env::var_os("OTELIER_CELERY_PYTHON") else {
        assert!(
            env::var_os("OTELIER_REQUIRE_QUEUES").is_none(),
            "OTELIER_CELERY_PYTHON is not set"
        );
        println!("left out: OTELIER_CELERY_PYTHON names no Python with Celery");
        return;
    };
    let port = port().to_string();
    let mut server = Command::new("redis-server");
    let _server = started(server.args(["--bind", "127.0.0.1", "--port", &port, "--save", ""]));
    let url = format!("redis://127.0.0.1:{port}/0");
    let client = redis::Client::open(&*url).unwrap();
    let mut redis = until("Redis listens", async || {
        client.get_multiplexed_async_connection().await.ok()
    })
    .await;
    let run = |role: &str| {
        let mut script = Command::new(&python);
        script
            .args(["python/celery_ends.py", role, &url])
            .stderr(Stdio::null());
        script.kill_on_drop(true).output()
    };

    let telemetry = capture();
    let sent = run("send").await.unwrap();
    celery::work(&mut redis, "ovens").await.unwrap();
    let baked = telemetry.span("job.bake");
    let told = String::from_utf8(sent.stdout).unwrap();
    assert_eq!(baked.links[0].trace_id.to_string(), told.trim());

    let cakes = serde_json::json!([3]);
    celery::send_task(&mut redis, "cakes", "eat", "c0ffee", cakes)
        .await
        .unwrap();
    let worked = run("work").await.unwrap();
    let told = String::from_utf8(worked.stdout).unwrap();
    let sent = telemetry.span("send cakes").trace_id;
    assert_eq!(told.trim(), format!("{sent} 3"));
}
