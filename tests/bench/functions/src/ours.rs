//! `#[otelier::trace]`.

use std::{hint::black_box, pin::pin};

use measure::{drive, measure, tracers};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use otelier_core::{Conventions, Propagation, Providers};
use otelier_functions::trace;

use crate::{BARE, Never};

pub const NAMES: [&str; 8] = [
    BARE,
    "off",
    "off, async",
    "traced, nothing of parameters",
    "traced, one by value, one by type and length",
    "traced, one by value, one by type and length, async",
    "not sampled",
    "not sampled, async",
];

#[inline(never)]
fn bare(id: u64, label: &str) -> Result<u64, Never> {
    black_box(label);
    Ok(black_box(id))
}

#[inline(never)]
#[trace(skip_all, crate = otelier_functions)]
fn span_alone(id: u64, label: &str) -> Result<u64, Never> {
    bare(id, label)
}

#[inline(never)]
#[trace(record(id), crate = otelier_functions)]
fn traced(id: u64, label: &str) -> Result<u64, Never> {
    bare(id, label)
}

#[trace(record(id), crate = otelier_functions)]
async fn traced_later(id: u64, label: &str) -> Result<u64, Never> {
    bare(id, label)
}

pub fn run(variant: &str) {
    if variant != BARE && !variant.starts_with("off") {
        let meters = SdkMeterProvider::builder().build();
        let propagation = Propagation::none().with_trace_context();
        let providers = Providers::new(tracers(), meters, propagation, Conventions::default());
        otelier_core::install(providers.with_parent_based_sampling()).expect("once");
    }
    let is_async = variant.ends_with("async");
    let is_alone = variant.contains("nothing");
    measure(|count| {
        for id in 0..count {
            if variant == BARE {
                black_box(bare(id, "to Riga")).ok();
            } else if is_async {
                drive(pin!(traced_later(id, "to Riga"))).ok();
            } else if is_alone {
                black_box(span_alone(id, "to Riga")).ok();
            } else {
                black_box(traced(id, "to Riga")).ok();
            }
        }
    });
}
