//! What a process holds and allocates.

use std::{convert::Infallible, fs, hint::black_box};

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
    routing::get,
};
use http_body_util::BodyExt as _;
use tokio::runtime::Runtime;
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

fn router() -> Router {
    Router::new().route("/orders/{id}", get(|| async { "an order" }))
}

/// Serves some requests, then tells which threads and how many sockets there
/// are. `telemetry` is `with` or `without`.
pub(crate) fn print(telemetry: &str) -> anyhow::Result<()> {
    crate::runtime(2)?.block_on(async {
        let telemetry = (telemetry == "with").then(|| otelier::init!());
        let app = match telemetry {
            Some(_) => otelier::axum::instrument(router()),
            None => router(),
        };
        for _ in 0..10 {
            request(app.clone()).await?;
        }
        if let Some(telemetry) = &telemetry {
            let _ = telemetry.flush().await;
        }
        let threads = threads()?;
        crate::tell(format_args!("threads: {}", threads.len()))?;
        crate::tell(format_args!("names: {}", threads.join(" ")))?;
        crate::tell(format_args!("sockets: {}", sockets()?))?;
        Ok(())
    })
}

fn threads() -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for task in fs::read_dir("/proc/self/task")? {
        // A thread may have ended since it was listed.
        let Ok(name) = fs::read_to_string(task?.path().join("comm")) else {
            continue;
        };
        names.push(name.trim().to_owned());
    }
    Ok(names)
}

fn sockets() -> anyhow::Result<usize> {
    let mut sockets = 0;
    for file in fs::read_dir("/proc/self/fd")? {
        // The directory's own descriptor is gone by now.
        let target = fs::read_link(file?.path()).unwrap_or_default();
        sockets += usize::from(target.to_string_lossy().starts_with("socket:"));
    }
    Ok(sockets)
}

/// Tells how many allocations a hundred requests take: bare and instrumented,
/// as a router and as a service.
pub(crate) fn allocations() -> anyhow::Result<()> {
    let runtime = super::ends::current_thread()?;
    let _telemetry = otelier::init!();

    let bare = count(&runtime, &router())?;
    let ours = count(&runtime, &otelier::axum::instrument(router()))?;
    crate::tell(format_args!("router: {bare} {ours}"))?;

    let service = service_fn(async |_: Request<Body>| {
        Ok::<_, Infallible>(Response::new(Body::from("an order")))
    });
    let bare = count(&runtime, &service)?;
    let ours = count(&runtime, &otelier::axum::layer().layer(service))?;
    crate::tell(format_args!("service: {bare} {ours}"))?;
    Ok(())
}

fn count<S, B>(runtime: &Runtime, app: &S) -> anyhow::Result<u64>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
    B: axum::body::HttpBody<Error: std::error::Error + Send + Sync + 'static>,
{
    let mut result = Ok(());
    for _ in 0..10 {
        runtime.block_on(request(app.clone()))?;
    }
    let counted = allocation_counter::measure(|| {
        result = runtime.block_on(async {
            for _ in 0..100 {
                request(app.clone()).await?;
            }
            Ok(())
        });
    });
    result.map(|()| counted.count_total)
}

/// Sends one request in process and reads the answer.
async fn request<S, B>(app: S) -> anyhow::Result<()>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: axum::body::HttpBody<Error: std::error::Error + Send + Sync + 'static>,
{
    let request = Request::get("/orders/7").body(Body::empty())?;
    let response = app.oneshot(request).await?;
    black_box(response.into_body().collect().await?);
    Ok(())
}
