//! One piece of work, on every kind of runtime, and every way to end after it.
#![expect(clippy::panic, reason = "one way to end")]

use anyhow::bail;
use otelier::{Report, otel::global};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};

/// Leaves one span, one log record in it and one data point.
#[tracing::instrument]
fn work() {
    tracing::info!("working");
    let done = global::meter("ends").u64_counter("work.done").build();
    done.add(1, &[]);
}

async fn shut_down() -> anyhow::Result<()> {
    let telemetry = otelier::init!();
    work();
    told(&telemetry.shutdown().await)
}

fn told(report: &Report) -> anyhow::Result<()> {
    crate::tell(format_args!("complete: {}", report.is_complete()))?;
    Ok(())
}

pub(crate) fn current_thread() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

pub(crate) fn by(how: &str) -> anyhow::Result<()> {
    match how {
        "shutdown" => crate::runtime(2)?.block_on(shut_down()),
        "shutdown on one worker" => {
            let runtime = crate::runtime(1)?;
            // On the worker itself, which must not be blocked by it.
            runtime.block_on(runtime.spawn(shut_down()))?
        }
        "shutdown on a current-thread runtime" => current_thread()?.block_on(shut_down()),
        "drop on a current-thread runtime" => current_thread()?.block_on(async {
            let _telemetry = otelier::init!();
            work();
            Ok(())
        }),
        "drop on one worker" => {
            let runtime = crate::runtime(1)?;
            let task = runtime.spawn(async {
                let _telemetry = otelier::init!();
                work();
            });
            Ok(runtime.block_on(task)?)
        }
        "flush on a current-thread runtime" => current_thread()?.block_on(async {
            let telemetry = otelier::init!();
            work();
            told(&telemetry.flush().await)?;
            drop(telemetry);
            Ok(())
        }),
        "no runtime" => {
            let telemetry = otelier::init!();
            work();
            told(&telemetry.shutdown_blocking())
        }
        "no runtime, dropped" => {
            let _telemetry = otelier::init!();
            work();
            Ok(())
        }
        "runtime before the guard" => {
            let telemetry = otelier::init!();
            let runtime = crate::runtime(2)?;
            runtime.block_on(async { work() });
            drop(runtime);
            drop(telemetry);
            Ok(())
        }
        "started inside, dropped after the runtime" => {
            let runtime = crate::runtime(1)?;
            let telemetry = runtime.block_on(async {
                let telemetry = otelier::init!();
                work();
                telemetry
            });
            drop(runtime);
            drop(telemetry);
            Ok(())
        }
        "signal before it is waited for" => crate::runtime(2)?.block_on(async {
            let telemetry = otelier::init!();
            let stop = otelier::shutdown_signal();
            work();
            let id = std::process::id().to_string();
            let kill = std::process::Command::new("/bin/kill").arg(id).status()?;
            anyhow::ensure!(kill.success());
            stop.await;
            told(&telemetry.shutdown().await)
        }),
        "error" => crate::runtime(2)?.block_on(async {
            let _telemetry = otelier::init!();
            work();
            bail!("main ends with an error")
        }),
        "panic" => crate::runtime(2)?.block_on(async {
            let _telemetry = otelier::init!();
            work();
            panics()
        }),
        "panic in a task" => crate::runtime(2)?.block_on(async {
            let telemetry = otelier::init!();
            work();
            let mut tasks = JoinSet::new();
            tasks.spawn(async { panics() });
            let panicked = tasks.join_next().await.is_some_and(|end| end.is_err());
            crate::tell(format_args!("task panicked: {panicked}"))?;
            told(&telemetry.shutdown().await)
        }),
        "panic after a hook of the program" => crate::runtime(2)?.block_on(async {
            std::panic::set_hook(Box::new(|_| {
                crate::tell(format_args!("their hook: called")).ok();
            }));
            let _telemetry = otelier::init!();
            panics()
        }),
        "panic with a secret" => {
            let _telemetry = otelier::init!();
            panic!("postgres://ann:s3cr3t@db.example/shop")
        }
        "panic that cannot unwind" => {
            let _telemetry = otelier::init!();
            cannot_unwind();
            Ok(())
        }
        other => bail!("no such end: {other:?}"),
    }
}

/// Aborts where it panics, as everything does in a program of `panic = "abort"`.
extern "C" fn cannot_unwind() {
    panics().ok();
}

#[tracing::instrument]
fn panics() -> anyhow::Result<()> {
    panic!("on purpose");
}
