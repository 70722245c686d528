//! What is made once for each set of providers.

use std::{
    collections::BTreeSet,
    sync::{PoisonError, RwLock},
};

use opentelemetry::{
    InstrumentationScope,
    metrics::{Counter, Histogram, Meter},
};
use otelier_core::{
    Conventions,
    edge::{self, Durations},
    scope,
};

use super::names;

/// More models, tools, agents or errors than these are no labels: somebody makes them up.
const MAX_NAMES: usize = 256;

/// The instruments of all operations.
pub(super) struct Instruments {
    pub(super) duration: Durations,
    pub(super) first_chunk: Durations,
    pub(super) per_chunk: Durations,
    pub(super) input: Counter<u64>,
    pub(super) output: Counter<u64>,
    pub(super) cache_read: Counter<u64>,
    pub(super) cache_write: Counter<u64>,
    pub(super) reasoning: Counter<u64>,
    pub(super) cost: Counter<f64>,
    pub(super) embeddings: Durations,
    pub(super) embedded: Histogram<u64>,
    pub(super) tool: Durations,
    pub(super) agent: Durations,
    pub(super) inference_calls: Histogram<u64>,
    pub(super) tool_calls: Histogram<u64>,
    pub(super) retrieval: Durations,
    /// As durations and tokens were told before the conventions had a version of their own.
    pub(super) old: Option<Old>,
    pub(super) models: Few,
    pub(super) tools: Few,
    pub(super) agents: Few,
    #[cfg(feature = "http")]
    pub(super) errors: Few,
}

/// Instruments of old names.
pub(super) struct Old {
    pub(super) operation: Durations,
    pub(super) tokens: Histogram<u64>,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let durations = |name, description, bounds: &[f64]| {
            Self::seconds(meter, conventions, name, description, bounds)
        };
        let seconds = |name, description| durations(name, description, &names::SECONDS);
        let distribution = |name, description| {
            let histogram = meter.u64_histogram(name).with_description(description);
            let histogram = histogram.with_boundaries(names::TOKENS.to_vec());
            histogram.with_unit("{token}").build()
        };
        let tokens = |name, description| {
            let counter = meter.u64_counter(name).with_description(description);
            counter.with_unit("{token}").build()
        };
        let calls = |name, description, unit| {
            let histogram = meter.u64_histogram(name).with_description(description);
            let histogram = histogram.with_boundaries(names::CALLS.to_vec());
            histogram.with_unit(unit).build()
        };
        let old = || Old {
            operation: seconds(
                names::CLIENT_OPERATION_DURATION,
                "GenAI operation duration.",
            ),
            tokens: distribution(
                names::CLIENT_TOKEN_USAGE,
                "Number of input and output tokens used.",
            ),
        };
        Self {
            duration: seconds(
                names::CLIENT_INFERENCE_DURATION,
                "Duration of calls to language models, to the end of the answer.",
            ),
            first_chunk: seconds(
                names::CLIENT_INFERENCE_TIME_TO_FIRST_CHUNK,
                "Time until the first part of a streamed answer.",
            ),
            per_chunk: seconds(
                names::CLIENT_INFERENCE_TIME_PER_OUTPUT_CHUNK,
                "Time between two parts of a streamed answer.",
            ),
            input: tokens(
                names::INPUT_TOKENS,
                "Input tokens, those of the cache among them.",
            ),
            output: tokens(
                names::OUTPUT_TOKENS,
                "Output tokens, those of reasoning among them.",
            ),
            cache_read: tokens(
                names::CACHE_READ_TOKENS,
                "Input tokens that the provider's cache had.",
            ),
            cache_write: tokens(
                names::CACHE_WRITE_TOKENS,
                "Input tokens that were written to the provider's cache.",
            ),
            reasoning: tokens(
                names::REASONING_TOKENS,
                "Output tokens that the model thought with.",
            ),
            cost: meter
                .f64_counter(names::COST)
                .with_description("What calls cost, by the service's own prices.")
                .with_unit("{USD}")
                .build(),
            embeddings: seconds(
                names::CLIENT_EMBEDDINGS_DURATION,
                "Duration of calls that turn texts into vectors.",
            ),
            embedded: distribution(
                names::CLIENT_EMBEDDINGS_INPUT_TOKENS,
                "Input tokens of a call that turns texts into vectors.",
            ),
            tool: seconds(names::EXECUTE_TOOL_DURATION, "Duration of calls of tools."),
            agent: durations(
                names::INVOKE_AGENT_DURATION,
                "Duration of an agent's tasks.",
                &names::AGENT_SECONDS,
            ),
            inference_calls: calls(
                names::INVOKE_AGENT_INFERENCE_CALLS,
                "Calls to language models in one task of an agent.",
                "{inference_call}",
            ),
            tool_calls: calls(
                names::INVOKE_AGENT_TOOL_CALLS,
                "Calls of tools in one task of an agent.",
                "{tool_call}",
            ),
            retrieval: seconds(
                names::RETRIEVAL_DURATION,
                "Duration of searches for what models are told.",
            ),
            old: conventions.old_gen_ai_names.then(old),
            models: Few::default(),
            tools: Few::default(),
            agents: Few::default(),
            #[cfg(feature = "http")]
            errors: Few::default(),
        }
    }
}

/// Names that may be labels.
#[derive(Default)]
pub(super) struct Few(RwLock<BTreeSet<Box<str>>>);

impl Few {
    /// The name, as long as there are not too many.
    pub(super) fn label<'a>(&self, name: &'a str) -> &'a str {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.contains(name) {
            return name;
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.contains(name) || (known.len() < MAX_NAMES && known.insert(name.into())) {
            name
        } else {
            "_OTHER"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_end_become_one() {
        let few = Few::default();
        for number in 0..MAX_NAMES {
            let name = number.to_string();
            assert_eq!(few.label(&name), name);
        }
        assert_eq!((few.label("0"), few.label("made up")), ("0", "_OTHER"));
    }
}
