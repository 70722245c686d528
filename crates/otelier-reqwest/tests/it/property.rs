//! Whatever a request holds, nothing panics, nothing grows, no secret gets out.

use std::{future::pending, io, panic::AssertUnwindSafe};

use futures_util::FutureExt as _;
use otelier_reqwest::{TraceLayer, TraceMiddleware, UrlTemplate};
use otelier_testing::capture;
use proptest::{collection::vec, prelude::*};
use reqwest::{
    Method, Request, Response, Url,
    header::{HeaderName, HeaderValue},
};
use reqwest_middleware::ClientBuilder;
use tokio::runtime;
use tower::{Layer as _, Service as _, service_fn};

use crate::{Seen, assert_agreed, client_for, serve};

#[derive(Clone, Copy, Debug)]
enum Ending {
    Answer,
    Error,
    Panic,
    Dropped,
    NeverPolled,
}

const ENDINGS: [Ending; 5] = [
    Ending::Answer,
    Ending::Error,
    Ending::Panic,
    Ending::Dropped,
    Ending::NeverPolled,
];

const LABELS: [&str; 6] = [
    "http.request.method",
    "server.address",
    "server.port",
    "http.response.status_code",
    "error.type",
    "network.protocol.version",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_request_is_recorded_within_bounds_and_sent_unchanged(
        path in ".{0,60}",
        query in "[ -~é]{0,3000}",
        method in "[A-Za-z!#$%&'*+.^_`|~-]{1,80}",
        headers in vec(("[a-z-]{1,12}", vec(any::<u8>(), 0..80)), 0..5),
        template in ".{0,600}",
    ) {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome: Result<(), TestCaseError> = runtime.block_on(async {
            let seen = Seen::default();
            let server = serve(seen.router()).await;
            let Ok(url) = Url::parse(&format!("http://user:s3cret-value@shop.example:{}/{path}?{query}", server.port())) else {
                return Ok(());
            };
            let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), url);
            for (name, value) in &headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(format!("x-{name}")), HeaderValue::from_bytes(value)) {
                    request.headers_mut().append(name, value);
                }
            }
            let inner = client_for(server);
            let plain = inner.execute(request.try_clone().unwrap()).await.is_ok();

            let telemetry = capture();
            let client = ClientBuilder::new(inner).with(TraceMiddleware::new()).build();
            let mut extensions = http::Extensions::new();
            extensions.insert(UrlTemplate::new(template.clone()));
            let traced = client.execute_with_extensions(request, &mut extensions).await.is_ok();
            prop_assert_eq!(traced, plain);
            if plain {
                let mut seen = seen.headers().await;
                let mut traced = seen.remove(1);
                prop_assert!(traced.remove("traceparent").is_some());
                prop_assert_eq!(traced, seen.remove(0));
            }
            prop_assert_eq!(telemetry.spans().len(), 1);
            let span = &telemetry.spans()[0];
            prop_assert!(span.name.len() <= 600);
            for (key, value) in span.attributes.iter() {
                prop_assert!(value.as_str().len() <= 4 * 1024, "{key}");
                prop_assert!(!value.as_str().contains("s3cret-value"), "{key}");
            }
            for metric in telemetry.metrics() {
                for (key, value) in metric.points[0].attributes.iter() {
                    prop_assert!(LABELS.contains(&key), "{key}");
                    prop_assert!(value.as_str().len() <= 20, "{key}={value}");
                }
            }
            Ok(())
        });
        outcome?;
    }

    #[test]
    fn any_url_is_recorded_once_whatever_the_ending(
        url in vec(any::<u8>(), 0..200),
        scheme in "(https?|ws|x)://h/",
        ending in prop::sample::select(&ENDINGS),
    ) {
        let telemetry = capture();
        let base = Url::parse(&scheme).unwrap();
        let Ok(url) = base.join(&String::from_utf8_lossy(&url)) else { return Ok(()) };
        let inner = service_fn(move |_: Request| async move {
            match ending {
                Ending::Answer => Ok(Response::from(http::Response::new("ok"))),
                Ending::Error => Err(io::Error::other("burnt")),
                Ending::Panic => std::panic::resume_unwind(Box::new(())),
                Ending::Dropped | Ending::NeverPolled => pending().await,
            }
        });
        let mut client = TraceLayer::new().layer(inner);
        let request = client.call(Request::new(Method::GET, url));
        match ending {
            Ending::NeverPolled => drop(request),
            _ => drop(AssertUnwindSafe(request).catch_unwind().now_or_never()),
        }
        let error = match ending {
            Ending::Error => Some("middleware_error".into()),
            Ending::Panic => Some("panic".into()),
            _ => None,
        };
        prop_assert_eq!(telemetry.spans().len(), 1);
        prop_assert_eq!(telemetry.spans()[0].get("error.type"), error);
        assert_agreed(&telemetry);
    }
}
