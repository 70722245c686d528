//! The service that is loaded: examples/api, or its routes in a program that
//! ends in another way.

use std::{env, net::SocketAddr};

use anyhow::bail;
use tokio::net::TcpListener;

use crate::{current_thread, multi_thread};

/// How the program runs and ends, once it is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum End {
    /// As examples/api does.
    Well,
    /// The same, on a runtime of one thread.
    OnOneThread,
    /// `main` returns an error, and drops the guard on the way.
    WithAnError,
    /// `main` panics.
    WithAPanic,
    /// The runtime is gone before the guard.
    RuntimeFirst,
}

impl End {
    /// The value of the argument.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::OnOneThread => "on-one-thread",
            Self::WithAnError => "with-an-error",
            Self::WithAPanic => "with-a-panic",
            Self::RuntimeFirst => "runtime-first",
        }
    }

    /// What a program that ends so tells its caller.
    pub(crate) const fn code(self) -> i32 {
        match self {
            Self::WithAnError => 1,
            Self::WithAPanic => 101,
            _ => 0,
        }
    }
}

pub(crate) fn run(end: End) -> anyhow::Result<()> {
    match end {
        End::Well => multi_thread()?.block_on(api::run()),
        End::OnOneThread => current_thread()?.block_on(api::run()),
        End::WithAnError => multi_thread()?.block_on(async {
            let _telemetry = otelier::init!();
            serve().await?;
            bail!("main returns an error")
        }),
        End::WithAPanic => multi_thread()?.block_on(async {
            let _telemetry = otelier::init!();
            serve().await?;
            panics()
        }),
        End::RuntimeFirst => {
            let telemetry = otelier::init!();
            let runtime = multi_thread()?;
            runtime.block_on(serve())?;
            drop(runtime);
            drop(telemetry);
            Ok(())
        }
    }
}

#[expect(clippy::panic, reason = "what is recorded of it is measured")]
fn panics() -> anyhow::Result<()> {
    panic!("main panics")
}

/// As [`api::run`], but for telemetry, which is the caller's.
async fn serve() -> anyhow::Result<()> {
    let address = env::var("API_ADDR")?;
    let listener = TcpListener::bind(address).await?;
    let app = api::router(api::App::from_env().await?);
    let app = otelier::axum::instrument(app);
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(otelier::shutdown_signal())
        .await?;
    Ok(())
}
