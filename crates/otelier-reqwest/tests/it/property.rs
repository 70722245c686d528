//! Whatever a request holds, nothing panics, nothing grows, no secret gets out.

use std::future::pending;

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

use crate::{Seen, client_for, serve};

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
    fn any_url_is_recorded_without_a_panic(url in "(https?|ws|x)://[^ ]{0,80}") {
        let telemetry = capture();
        let Ok(url) = Url::parse(&url) else { return Ok(()) };
        let never = service_fn(|_: Request| pending::<reqwest::Result<Response>>());
        let mut client = TraceLayer::new().layer(never);
        drop(client.call(Request::new(Method::GET, url)));
        prop_assert_eq!(telemetry.spans().len(), 1);
        prop_assert_eq!(telemetry.metric("http.client.active_requests").total(), 0.0);
    }
}
