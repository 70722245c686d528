use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};

use super::{Scheme, Told, is_trusted};

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_static(name), value.parse().unwrap());
    }
    headers
}

fn read(pairs: &[(&'static str, &str)]) -> (Option<Scheme>, bool, Option<String>) {
    let headers = headers(pairs);
    let mut told = Told::default();
    for (name, value) in &headers {
        told.meet(name.as_str(), value);
    }
    let (host, client) = told.host_and_client();
    let client = client.map(|client| client.to_string());
    (told.scheme(), host.is_some(), client)
}

#[test]
fn the_first_hop_of_forwarded_is_read() {
    let value =
        r#"for="[2001:db8::1]:4711";Proto=HTTPS;host=shop.example, for=10.0.0.1;proto=http"#;
    let expected = (Some(Scheme::Https), true, Some("2001:db8::1".to_owned()));
    assert_eq!(read(&[("forwarded", value)]), expected);
}

#[test]
fn the_older_headers_fill_what_is_missing() {
    let pairs = [
        ("forwarded", "proto=https"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "shop.example, inner"),
        ("x-forwarded-for", "192.0.2.1:80, 10.0.0.1"),
    ];
    let expected = (Some(Scheme::Https), true, Some("192.0.2.1".to_owned()));
    assert_eq!(read(&pairs), expected);
}

#[test]
fn of_several_headers_of_one_name_the_first_counts() {
    let pairs = [
        ("x-forwarded-proto", "https, http"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-for", "192.0.2.2"),
    ];
    let expected = (Some(Scheme::Https), false, Some("192.0.2.1".to_owned()));
    assert_eq!(read(&pairs), expected);
}

#[test]
fn what_cannot_be_read_is_as_if_not_sent() {
    let pairs = [
        ("forwarded", "for=_hidden;proto=gopher;host=\"a b\";;=;x"),
        ("x-forwarded-for", "unknown"),
    ];
    assert_eq!(read(&pairs), (None, false, None));
}

#[test]
fn a_port_may_be_hidden_where_the_address_is_not() {
    let both = [
        ("1.2.3.4", "1.2.3.4"),
        ("1.2.3.4:80", "1.2.3.4"),
        ("1.2.3.4:_x", "1.2.3.4"),
        ("1.2.3.4:_a.B-9_", "1.2.3.4"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("[2001:db8::1]:_x", "2001:db8::1"),
    ];
    for (node, ip) in both {
        let client = Some(ip.to_owned());
        let value = format!("for=\"{node}\";proto=https");
        assert_eq!(read(&[("forwarded", &value)]).2, client, "{node}");
        assert_eq!(read(&[("x-forwarded-for", node)]).2, client, "{node}");
    }
    for hidden in [
        "_x",
        "unknown",
        "unknown:80",
        "_x:80",
        "1.2.3.4:",
        "1.2.3.4:_",
        "1.2.3.4:_x y",
        "1.2.3.4:x",
        "1.2.3.4:123456",
        "[2001:db8::1]80",
        "[2001:db8::1",
        "[1.2.3.4]:80",
        "2001:db8::1:_x",
    ] {
        let value = format!("for=\"{hidden}\"");
        assert_eq!(read(&[("forwarded", &value)]).2, None, "{hidden}");
    }
}

#[test]
fn what_stands_in_quotes_does_not_end_a_hop() {
    let value = r#"by="a;b, \"c";for="192.0.2.1:_x";ext="proto=http, for=10.0.0.1";proto=https, for=1.1.1.1"#;
    let expected = (Some(Scheme::Https), false, Some("192.0.2.1".to_owned()));
    assert_eq!(read(&[("forwarded", value)]), expected);
    // A quote that is never closed hides what follows it.
    let open = "for=192.0.2.1;by=\"a;proto=https, for=1.1.1.1";
    assert_eq!(read(&[("forwarded", open)]).2, Some("192.0.2.1".to_owned()));
}

#[test]
fn empty_members_of_a_list_are_none() {
    for list in [
        ",for=192.0.2.1",
        " , ,\tfor=192.0.2.1",
        ", for=192.0.2.1, for=1.1.1.1",
    ] {
        let client = Some("192.0.2.1".to_owned());
        assert_eq!(read(&[("forwarded", list)]).2, client, "{list}");
        let older = list.replace("for=", "");
        assert_eq!(read(&[("x-forwarded-for", &older)]).2, client, "{older}");
    }
    let proto = [("x-forwarded-proto", ", https")];
    assert_eq!(read(&proto).0, Some(Scheme::Https));
    for nothing in ["", ",", " , ,"] {
        assert_eq!(read(&[("forwarded", nothing)]), (None, false, None));
    }
}

#[test]
fn what_is_escaped_in_quotes_is_read_as_it_is_meant() {
    let value = r#"for="\[2001:db8\::1\]:\_x";host="shop\.example:8\0";proto="\https""#;
    let expected = (Some(Scheme::Https), true, Some("2001:db8::1".to_owned()));
    assert_eq!(read(&[("forwarded", value)]), expected);
    assert_eq!(read(&[("forwarded", r#"for="1.2.3.4\\""#)]).2, None);
}

#[test]
fn only_near_peers_are_trusted() {
    let trusted = |ip: &str| is_trusted(ip.parse::<IpAddr>().unwrap());
    for near in [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.1",
    ] {
        assert!(trusted(near), "{near}");
    }
    for far in ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
        assert!(!trusted(far), "{far}");
    }
}
