//! Whether what is sent arrives: reachable, trusted, of the right protocol, and each signal taken.

use super::{
    connection::{ALPN, Peer, Place},
    report::Report,
    sending::{Outcome, send},
    settings::{Settings, Way, socket},
    test_data::TestData,
};
use http::Uri;
use otelier_collector::Signal;

/// Tells of each signal, and whether the test trace arrived.
pub(super) async fn look(report: &mut Report, settings: &Settings, data: &TestData) -> bool {
    for (signal, why) in &settings.off {
        report.note(format!("{signal} are not sent: {why}"));
    }
    if settings.ways.is_empty() {
        report.wrong("nothing is sent at all: set OTEL_EXPORTER_OTLP_ENDPOINT".into());
    }
    for (variable, count) in &settings.bad_headers {
        report.wrong(format!(
            "{count} of {variable} cannot be sent: write key=value, percent-encoded"
        ));
    }
    let mut known: Vec<(Place, bool)> = Vec::new();
    let mut arrived = false;
    for way in &settings.ways {
        let place = match place(way, settings) {
            Ok(place) => place,
            Err(error) => {
                report.wrong(format!("{}: {error}", shown(&way.endpoint)));
                continue;
            }
        };
        let there = match known.iter().find(|(other, _)| *other == place) {
            Some((_, there)) => *there,
            None => {
                let there = is_there(report, way, &place).await;
                known.push((place.clone(), there));
                there
            }
        };
        if there {
            let taken = try_both(report, way, &place, data).await;
            arrived |= taken && way.signal == Signal::Traces;
        }
    }
    arrived
}

/// An endpoint without what may be secret in it.
fn shown(endpoint: &str) -> String {
    match endpoint.rsplit_once('@') {
        Some((before, after)) => {
            let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
            format!("{scheme}://..@{after}")
        }
        None => endpoint.to_owned(),
    }
}

fn place(way: &Way, settings: &Settings) -> Result<Place, String> {
    let tls = way.tls.clone();
    if let Some(path) = socket(&way.endpoint) {
        if !path.starts_with('/') || path.ends_with('/') {
            return Err("a Unix socket is unix:/path or unix:///path".into());
        }
        return Ok(Place {
            peer: Peer::Socket(path.into()),
            secure: false,
            proxy: None,
            tls,
        });
    }
    let parsed = way.endpoint.parse();
    let uri: Uri = parsed.map_err(|error| format!("no URL: {error}"))?;
    let secure = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        _ => return Err("begins with neither http:// nor https://".into()),
    };
    if uri.authority().is_some_and(|it| it.as_str().contains('@')) {
        let words = "holds a user: put it into OTEL_EXPORTER_OTLP_HEADERS as `authorization`";
        return Err(words.into());
    }
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err("names no host".into());
    }
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    Ok(Place {
        peer: Peer::Host(host.to_owned(), port),
        secure,
        proxy: settings.proxies.on_the_way(&uri)?,
        tls,
    })
}

async fn is_there(report: &mut Report, way: &Way, place: &Place) -> bool {
    let endpoint = shown(&way.endpoint);
    match place.reach(way.protocol).await {
        Err(error) => {
            report.wrong(format!("{endpoint} is not reachable: {error}"));
            return false;
        }
        Ok((_, address)) if place.is_passed_on(way.protocol) => {
            report.note(format!("{endpoint} is sent to through {address}"));
        }
        Ok((_, address)) if place.proxy.is_some() => {
            report.good(format!("{endpoint} is reachable through {address}"));
        }
        Ok((_, address)) => report.good(format!("{endpoint} is reachable at {address}")),
    }
    if !place.secure {
        return true;
    }
    // By either protocol: which is spoken is asked later.
    let mut wrong = String::new();
    for protocol in [way.protocol, way.protocol.other()] {
        match place.open(protocol).await {
            Ok(_) => {
                report.good("TLS is trusted".into());
                return true;
            }
            Err(error) if wrong.is_empty() || wrong == ALPN => wrong = error,
            Err(_) => {}
        }
    }
    report.wrong(wrong);
    false
}

/// Sends by the protocol that a program would take, and by the other where that is not spoken.
async fn try_both(report: &mut Report, way: &Way, place: &Place, data: &TestData) -> bool {
    let (signal, protocol) = (way.signal, way.protocol);
    let (name, other) = (protocol.name(), protocol.other());
    let first = match send(way, place, protocol, data).await {
        Outcome::Taken => {
            report.good(format!("{signal} are taken over {name}"));
            return true;
        }
        Outcome::Refused(error) => {
            report.wrong(format!("{signal} are not taken over {name}: {error}"));
            return false;
        }
        Outcome::Other(error) => error,
    };
    let cure = format!("OTEL_EXPORTER_OTLP_PROTOCOL={}", other.value());
    match send(way, place, other, data).await {
        Outcome::Taken if way.chosen => {
            report.wrong(format!(
                "{signal} are taken over {}, but not over {name}, which is chosen: set {cure}",
                other.name()
            ));
        }
        Outcome::Taken => {
            report.good(format!(
                "{signal} are taken over {}, not over {name}: set {cure}",
                other.name()
            ));
            return true;
        }
        Outcome::Refused(error) => report.wrong(format!(
            "{signal} are not taken over {}, which is spoken there: {error}",
            other.name()
        )),
        Outcome::Other(_) if !place.secure && place.speaks_tls().await => {
            report.wrong(format!(
                "{signal} are not taken: TLS is spoken there, write the endpoint with https://"
            ));
        }
        Outcome::Other(second) => report.wrong(format!(
            "{signal} are taken neither over {name} ({first}) nor over {} ({second})",
            other.name()
        )),
    }
    false
}
