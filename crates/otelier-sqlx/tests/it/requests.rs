//! A statement says what is known about the request that asked for it, and about no other.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::StreamExt as _;
use opentelemetry::{Context, Value};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::SdkMeterProvider,
    trace::{SdkTracerProvider, Span, SpanData, SpanProcessor},
};
use otelier_core::{
    Conventions, Propagation, Providers,
    context::{self, Slot},
};
use otelier_sqlx::SqlitePool;

/// The user of each span, as a processor finds it.
#[derive(Clone, Debug, Default)]
struct Users(Arc<Mutex<Vec<Option<Value>>>>);

impl SpanProcessor for Users {
    fn on_start(&self, _: &mut Span, cx: &Context) {
        let user = context::from(cx).and_then(|request| request.get("user.id"));
        self.0.lock().unwrap().push(user);
    }

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The user of a statement that one request asked for, and that ends where another is served.
async fn user_of_a_statement(of: Option<&'static str>) -> Option<Value> {
    let users = Users::default();
    let tracers = SdkTracerProvider::builder()
        .with_span_processor(users.clone())
        .build();
    let providers = Providers::new(
        tracers,
        SdkMeterProvider::default(),
        Propagation::none(),
        Conventions::default(),
    );
    let mut cx = providers.capture_in(&Context::new());
    let attached = cx.clone().attach();
    let pool = SqlitePool::connect("sqlite::memory:").await.unwrap();
    drop(attached);
    let mut connection = pool.acquire().await.unwrap();
    users.0.lock().unwrap().clear();

    let mut rows = sqlx::query("SELECT 1").fetch(&mut *connection);
    let mut slot = Slot::default();
    let row = poll_fn(|task| {
        slot.run(&mut cx, || {
            if let Some(user) = of {
                context::set("user.id", user);
            }
            rows.poll_next_unpin(task)
        })
    });
    row.await.unwrap().unwrap();
    Slot::default().run(&mut Context::new(), || {
        context::set("user.id", "bob");
        drop(rows);
    });
    let [user] = &users.0.lock().unwrap()[..] else {
        panic!("not one span");
    };
    user.clone()
}

#[tokio::test]
async fn a_statement_belongs_to_the_request_that_asked_wherever_it_ends() {
    assert_eq!(user_of_a_statement(Some("ann")).await, Some("ann".into()));
    assert_eq!(user_of_a_statement(None).await, None);
}
