//! Prices out of a file.

use std::{collections::BTreeMap, ops::Bound, sync::Arc};

use serde_json::Value;

use crate::{
    price::{BadPrices, PriceOf},
    usage::Usage,
};

const MILLION: f64 = 1_000_000.0;

struct Price {
    input: f64,
    output: f64,
    cache_read: f64,
    cache_write: f64,
}

pub(crate) fn prices(text: &str) -> Result<Option<PriceOf>, BadPrices> {
    let bad = |reason: String| BadPrices { reason };
    let read: Value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
    let Value::Object(models) = read else {
        return Err(bad("it is no object".to_owned()));
    };
    let mut prices = BTreeMap::new();
    for (model, price) in models {
        let of = |key: &str| match price.get(key) {
            None => Ok(None),
            Some(value) => match value.as_f64() {
                Some(price) if price.is_finite() && price >= 0.0 => Ok(Some(price)),
                _ => Err(bad(format!("`{key}` of `{model}` is no price"))),
            },
        };
        let wanted = |key: &str| of(key)?.ok_or_else(|| bad(format!("`{model}` has no `{key}`")));
        let input = wanted("input")?;
        // What turns texts into vectors puts nothing out.
        let price = Price {
            input,
            output: of("output")?.unwrap_or(0.0),
            cache_read: of("cache_read")?.unwrap_or(input),
            cache_write: of("cache_write")?.unwrap_or(input),
        };
        prices.insert(model, price);
    }
    Ok(Some(Arc::new(move |model, usage| {
        let price = find(&prices, model)?;
        cost(price, usage)
    })))
}

/// That of the model itself, or of the longest name that its own begins with. The
/// names that a text begins with stand before it in their order, so one look for each
/// shorter beginning finds it.
fn find<'a>(prices: &'a BTreeMap<String, Price>, model: &str) -> Option<&'a Price> {
    let mut beginning = model;
    loop {
        let (known, price) = prices
            .range::<str, _>((Bound::Unbounded, Bound::Included(beginning)))
            .next_back()?;
        if beginning.starts_with(known.as_str()) {
            return Some(price);
        }
        // What both begin with is the next beginning, and it is shorter.
        let same = beginning.bytes().zip(known.bytes());
        let mut common = same.take_while(|(a, b)| a == b).count();
        while !beginning.is_char_boundary(common) {
            common -= 1;
        }
        beginning = beginning.get(..common).filter(|rest| !rest.is_empty())?;
    }
}

#[expect(clippy::cast_precision_loss, reason = "no call has 2^53 tokens")]
fn cost(price: &Price, usage: &Usage) -> Option<f64> {
    if usage.input.is_none() && usage.output.is_none() {
        return None;
    }
    let tokens = |count: Option<u64>| count.unwrap_or(0);
    let (read, written) = (tokens(usage.cache_read), tokens(usage.cache_write));
    let plain = tokens(usage.input)
        .saturating_sub(read)
        .saturating_sub(written);
    let cost = plain as f64 * price.input
        + read as f64 * price.cache_read
        + written as f64 * price.cache_write
        + tokens(usage.output) as f64 * price.output;
    Some(cost / MILLION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::price::Prices;

    fn price(prices: &str, model: &str, usage: Usage) -> Option<f64> {
        let prices = Prices::from_json(prices).unwrap();
        prices.0.get().unwrap()(model, &usage)
    }

    const PRICES: &str = r#"{
        "gpt-5": {"input": 1.0, "output": 10, "cache_read": 0.1},
        "gpt-5-mini": {"input": 0.5, "output": 2},
        "gpt-5-nano": {"input": 0.25, "output": 1},
        "é": {"input": 3}
    }"#;

    #[test]
    fn a_model_has_the_price_of_the_longest_name_it_begins_with() {
        let usage = Usage::new().with_input_tokens(1_000_000);
        for (model, expected) in [
            ("gpt-5", Some(1.0)),
            ("gpt-5-2026-08-07", Some(1.0)),
            ("gpt-5-mini", Some(0.5)),
            ("gpt-5-mini-x", Some(0.5)),
            ("gpt-5-mz", Some(1.0)),
            ("gpt-4", None),
            ("", None),
            ("zeta", None),
            ("éa", Some(3.0)),
            ("è", None),
        ] {
            assert_eq!(price(PRICES, model, usage), expected, "{model}");
        }
    }

    #[test]
    fn what_the_cache_had_is_not_paid_twice() {
        let usage = Usage::new()
            .with_input_tokens(1_000_000)
            .with_cache_read_tokens(900_000)
            .with_output_tokens(100_000);
        let cost = price(PRICES, "gpt-5", usage).unwrap();
        assert!((cost - (0.1 + 0.09 + 1.0)).abs() < 1e-9, "{cost}");
        assert_eq!(price(PRICES, "gpt-5", Usage::new()), None);
    }

    #[test]
    fn bad_prices_say_what_is_bad() {
        for (text, reason) in [
            ("[]", "it is no object"),
            (r#"{"a": {"output": 1}}"#, "`a` has no `input`"),
            (r#"{"a": 1}"#, "`a` has no `input`"),
            (r#"{"a": {"input": -1}}"#, "`input` of `a` is no price"),
            (r#"{"a": {"input": "1"}}"#, "`input` of `a` is no price"),
        ] {
            assert_eq!(Prices::from_json(text).unwrap_err().reason, reason);
        }
        assert!(Prices::from_json("{").is_err());
    }
}
