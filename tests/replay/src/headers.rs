//! Headers of requests.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::pin,
    task::{Context as Task, Poll, Waker},
};

use axum::{body::Body, extract::ConnectInfo};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body_util::BodyExt as _;
use opentelemetry::{
    Context,
    baggage::{Baggage, BaggageExt as _},
    propagation::TextMapPropagator as _,
    trace::TraceContextExt as _,
};
use otelier_core::{Conventions, HeaderCarrier, Propagation, TextMap};
use otelier_sdk::fuzz::propagations;
use otelier_testing::capture_with;
use tower::{Layer as _, ServiceExt as _};

/// Lines of `name: value`, those that HTTP can carry.
fn headers(data: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(200) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let value = line[colon + 1..].trim_ascii();
        if let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(&line[..colon]),
            HeaderValue::from_bytes(value),
        ) {
            headers.append(name, value);
        }
    }
    headers
}

/// What is read of trace context, baggage and B3 is written and read again, and
/// goes out as it came; by the global propagator, too.
pub fn trace_headers(data: &[u8]) {
    let headers = headers(data);
    for propagation in propagations() {
        let context = propagation.extract(&headers, &Context::new());
        let span = context.span().span_context().clone();
        assert!(!span.is_valid() || span.is_remote());

        let written = written(&propagation, &context);
        for (name, value) in &written {
            assert!(value.len() <= 8 * 1024, "{name} of {} bytes", value.len());
        }
        let again = propagation.extract(&written, &Context::new());
        assert_eq!(self::written(&propagation, &again), written);
        let same = again.span().span_context().clone();
        assert_eq!(same.trace_id(), span.trace_id());
        assert_eq!(same.span_id(), span.span_id());
        assert_eq!(same.is_sampled(), span.is_sampled());
        for (key, (value, metadata)) in context.baggage() {
            let same = again.baggage().get_with_metadata(key).unwrap();
            assert_eq!(same, &(value.clone(), metadata.clone()));
        }
        assert_eq!(again.baggage().len(), context.baggage().len());

        let met = propagation.extract_any(&headers, &Context::new());
        assert_eq!(met.is_some(), !written.is_empty());
        let global = TextMap::from(propagation.clone());
        let by_global = global.extract(&HeaderCarrier(&written));
        let mut by_global_written = HeaderMap::new();
        global.inject_context(&by_global, &mut HeaderCarrier(&mut by_global_written));
        assert_eq!(by_global_written, written);

        // A request without a span changes nothing but the id of its own.
        let mut unrecorded = HeaderMap::new();
        propagation.inject_unrecorded(&context, &mut unrecorded);
        assert_eq!(unrecorded.len(), written.len());
        let own = propagation.extract(&unrecorded, &Context::new());
        let own = own.span().span_context().clone();
        assert_eq!(own.trace_id(), span.trace_id());
        let is_own = span.is_valid() && !span.is_sampled();
        assert_eq!(own.span_id() != span.span_id(), is_own);
        assert_eq!(own.trace_flags(), same.trace_flags());
    }
}

fn written(propagation: &Propagation, context: &Context) -> HeaderMap {
    let mut written = HeaderMap::new();
    propagation.inject(context, &mut written);
    written
}

/// Each line is a header of baggage. Members that keep to the grammar go out
/// byte by byte, as far as there is room, and no others; so they do when the
/// service adds and changes one.
pub fn baggage(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n').take(200) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append("baggage", value);
        }
    }
    let lines = headers.get_all("baggage").into_iter();
    let members = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let (mut wanted, mut bytes) = (Vec::new(), 0);
    for member in members.filter_map(well_formed) {
        let comma = usize::from(!wanted.is_empty());
        if wanted.len() < 64 && bytes + comma + member.len() <= 8192 {
            bytes += comma + member.len();
            wanted.push(member);
        }
    }

    let propagation = Propagation::none().with_baggage();
    let context = propagation.extract(&headers, &Context::new());
    let sent = |context: &Context| {
        let written = written(&propagation, context);
        let value = written.get("baggage").map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    assert_eq!(sent(&context), wanted.join(","));

    let key_of = |member: &str| member.split('=').next().unwrap().trim().to_owned();
    let Some(first) = wanted.first().map(|member| key_of(member)) else {
        return;
    };
    let all = context.baggage().iter().map(|(key, (value, metadata))| {
        let is_first = key.as_str() == first;
        let value = value.as_str().to_owned() + if is_first { "!" } else { "" };
        (key.clone(), (value.into(), metadata.clone()))
    });
    let changed = context.with_baggage(all.collect::<Baggage>());
    let changed = sent(&changed);
    let rest = wanted.iter().filter(|member| key_of(member) != first);
    for member in rest.clone() {
        // What the change makes longer may leave no room for the last ones.
        assert!(
            changed.split(',').any(|it| it == *member) || bytes > 2048,
            "{member}"
        );
    }
    assert!(changed.split(',').count() <= rest.count() + 1);
    assert!(changed.len() <= 8192);
}

/// The grammar of W3C once more, by characters.
fn well_formed(member: &[u8]) -> Option<&str> {
    const TOKEN: &str = "!#$%&'*+-.^_`|~";
    let is_token = |text: &str| {
        let is = |c: char| c.is_ascii_alphanumeric() || TOKEN.contains(c);
        !text.is_empty() && text.chars().all(is)
    };
    let is_value = |text: &str| {
        let is = |c: char| c.is_ascii_graphic() && !"\",;\\".contains(c);
        text.chars().all(is)
    };
    let blanks = [' ', '\t'];
    let member = std::str::from_utf8(member).ok()?.trim_matches(blanks);
    for (at, part) in member.split(';').enumerate() {
        let mut halves = part.splitn(2, '=').map(|half| half.trim_matches(blanks));
        let (key, value) = (halves.next()?, halves.next());
        let is_well_formed = is_token(key) && value.map_or(at > 0, is_value);
        if !is_well_formed {
            return None;
        }
    }
    Some(member)
}

/// A request that came over a proxy, through the whole layer: method and target
/// on the first line, headers on the next ones, and a body behind an empty one.
pub fn proxy_headers(data: &[u8]) {
    let end = data.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = data.split_at(end.unwrap_or(data.len()));
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut words = line.splitn(2, |byte| *byte == b' ');
    let method = words.next().and_then(|word| Method::from_bytes(word).ok());
    let uri = words.next().and_then(|word| Uri::try_from(word).ok());
    let mut request = Request::new(Body::from(body.to_vec()));
    *request.method_mut() = method.unwrap_or_default();
    *request.uri_mut() = uri.unwrap_or_default();
    *request.headers_mut() = headers(head.get(line.len()..).unwrap_or_default());
    let peer = SocketAddr::from(([127, 0, 0, 1], 1));
    request.extensions_mut().insert(ConnectInfo(peer));

    let [_, _, _, all] = propagations();
    let telemetry = capture_with(all, Conventions::default());
    let layer = otelier_axum::layer()
        .with_request_header(HeaderName::from_static("x-token"))
        .with_request_body_field("messages")
        .with_body_sizes();
    let service = tower::service_fn(|request: Request<Body>| async move {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Ok::<_, Infallible>(Response::new(Body::from(body)))
    });
    let answer = pin!(layer.layer(service).oneshot(request));
    let Poll::Ready(Ok(response)) = answer.poll(&mut Task::from_waker(Waker::noop())) else {
        panic!("the layer waits");
    };
    drop(response);
    for span in telemetry.spans() {
        for (key, value) in span.attributes.iter() {
            let text = value.to_string();
            assert!(text.len() <= 16 * 1024, "{key} of {} bytes", text.len());
            let is_odd = |c: char| c.is_control() || c.is_whitespace();
            match key {
                "url.scheme" => assert!(matches!(&*text, "http" | "https"), "{text}"),
                "client.address" | "network.peer.address" => {
                    assert!(text.parse::<IpAddr>().is_ok(), "{text}");
                }
                "server.address" => assert!(!text.contains(is_odd), "{text:?}"),
                _ => {}
            }
        }
    }
}
